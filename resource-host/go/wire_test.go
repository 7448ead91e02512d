package host

import (
	"bufio"
	"strings"
	"testing"
	"testing/iotest"
)

func TestFramesArriveWhole(t *testing.T) {
	stream := strings.NewReader(`{"type":"a","data":{"text":"grüße"}}` + "\f" + ` {"type":"b"}` + "\n\f" + `{"type":"unfinished"`)
	// One byte at a time cuts characters and frames everywhere.
	frames := bufio.NewScanner(iotest.OneByteReader(stream))
	frames.Split(splitFrames)
	var kinds []string
	for frames.Scan() {
		kind, data, err := decode(frames.Bytes())
		must(t, err)
		if text, _ := optional[string](data, "text"); kind == "a" && text != "grüße" {
			t.Errorf("the text is %q", text)
		}
		kinds = append(kinds, kind)
	}
	if got := strings.Join(kinds, " "); got != "a b" {
		t.Errorf("frames: %s", got)
	}
}

func TestMembersAreFoundByTheirExactName(t *testing.T) {
	_, data, err := decode([]byte(`{"type":"request","Type":"x","data":{"id":"1","ID":"2"}}`))
	must(t, err)
	if id, _ := member[string](data, "id"); id != "1" {
		t.Errorf("id is %q", id)
	}
}

func TestMembersAreRefusedWithTheirName(t *testing.T) {
	o := object{"incarnation": []byte(`-1`), "types": []byte(`null`)}
	_, tooSmall := member[uint32](o, "incarnation")
	_, null := member[[]string](o, "types")
	_, missing := member[string](o, "code")
	for _, test := range []struct {
		err  error
		want string
	}{
		{tooSmall, `"incarnation" is -1; it must be an integer from 0 to 4294967295`},
		{null, `"types" is null; it must be a list of strings`},
		{missing, `"code" is missing`},
	} {
		if test.err == nil || test.err.Error() != test.want || codeOf(test.err) != InvalidParams {
			t.Errorf("error: %v", test.err)
		}
	}
}

func TestAFrameHasALimit(t *testing.T) {
	room := maxFrameBytes - len(`{"type":"x","data":""}`)
	if _, err := encode(frame{"x", strings.Repeat("a", room)}); err != nil {
		t.Error(err)
	}
	if _, err := encode(frame{"x", strings.Repeat("a", room+1)}); err == nil {
		t.Error("one byte too many was taken")
	}
}

func TestAFailureRecordIsOneLineOf512Bytes(t *testing.T) {
	for _, test := range []struct{ name, reason, want string }{
		{"plain", "disk gone", "web-1@7 disk gone\n"},
		{"no reason", "", "web-1@7\n"},
		{"control characters", "a\nb\x00c\u0085", "web-1@7 a b c\n"},
		{"no UTF-8", "a\xffb", "web-1@7 a\uFFFDb\n"},
		{"cut at a character", strings.Repeat("é", 300), "web-1@7 " + strings.Repeat("é", 251) + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := failureRecord("web-1@7", test.reason); got != test.want || len(got) > maxRecordBytes {
				t.Errorf("%d bytes: %q", len(got), got)
			}
		})
	}
}
