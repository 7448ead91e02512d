package host

import (
	"encoding/json"
	"fmt"
	"strings"
)

const (
	protocol      = "andon/1"
	frameEnd      = '\f'
	maxFrameBytes = 1 << 20
	maxTextLength = 1024
)

// object is a JSON object with its members as they came. Members are looked up by their exact name: encoding/json would take
// an unknown "ID" for "id".
type object map[string]json.RawMessage

// member reads a member that must be there.
func member[Value any](o object, name string) (Value, error) {
	if _, there := o[name]; !there {
		var none Value
		return none, Errorf(InvalidParams, "%q is missing", name)
	}
	return optional[Value](o, name)
}

// optional reads a member that may be absent, and is the zero value then.
func optional[Value any](o object, name string) (Value, error) {
	var value Value
	raw, there := o[name]
	if !there {
		return value, nil
	}
	if string(raw) == "null" {
		return value, Errorf(InvalidParams, "%q is null; it must be %s", name, kindOf(value))
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, Errorf(InvalidParams, "%q is %s; it must be %s", name, excerpt(raw), kindOf(value))
	}
	return value, nil
}

// propertiesOf answers the private properties of an open or online, as they came.
func propertiesOf(params object) (json.RawMessage, error) {
	_, err := member[object](params, "properties")
	return params["properties"], err
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case uint32:
		return "an integer from 0 to 4294967295"
	case int64:
		return "an integer"
	case object:
		return "an object"
	case []string:
		return "a list of strings"
	}
	return fmt.Sprintf("a %T", value)
}

func excerpt(raw json.RawMessage) string {
	const most = 80
	if len(raw) <= most {
		return string(raw)
	}
	return strings.ToValidUTF8(string(raw[:most]), "") + "…"
}

// cutText shortens a text for people to what the daemon would keep of it.
func cutText(text string) string {
	if len(text) <= maxTextLength {
		return text
	}
	runes := []rune(text)
	if len(runes) > maxTextLength {
		runes = runes[:maxTextLength]
	}
	return string(runes)
}

// frame is what goes out: a type and its data.
type frame struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

type request struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	Params any    `json:"params"`
}

type notification struct {
	Method string `json:"method"`
	Params any    `json:"params"`
}

type success struct {
	ID     string `json:"id"`
	OK     bool   `json:"ok"`
	Result any    `json:"result"`
}

type refusal struct {
	ID    string    `json:"id"`
	OK    bool      `json:"ok"`
	Error wireError `json:"error"`
}

// nothing is the result of a call that has none.
type nothing struct{}

func encode(f frame) ([]byte, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return nil, Errorf(Internal, "a %s cannot be written as JSON: %w", f.Type, err)
	}
	if len(text) > maxFrameBytes {
		return nil, Errorf(Failed, "a %s of %d bytes is longer than the %d that a frame may have", f.Type, len(text), maxFrameBytes)
	}
	return append(text, frameEnd), nil
}

// decode takes a frame apart.
func decode(text []byte) (kind string, data object, err error) {
	var whole object
	if err := json.Unmarshal(text, &whole); err != nil {
		return "", nil, fmt.Errorf("the daemon sent what is no JSON object: %s", excerpt(text))
	}
	if kind, err = member[string](whole, "type"); err != nil {
		return "", nil, err
	}
	// Of a frame of another kind nothing is known, not even that its data is an object; who needs a member will miss it.
	data, _ = optional[object](whole, "data")
	return kind, data, nil
}
