import unittest

from andon_host.frames import MAX_FRAME_BYTES, FrameError, FrameReader, encode_frame


class Frames(unittest.TestCase):
    def test_a_frame_comes_whole_however_it_is_cut(self):
        frame = encode_frame("notify", {"text": "grün\f", "number": 2**53})
        reader = FrameReader()
        came = [one for byte in frame + frame for one in reader.feed(bytes([byte]))]
        self.assertEqual(came, [("notify", {"text": "grün\f", "number": 2**53})] * 2)

    def test_what_is_no_frame_is_refused(self):
        for text in (b"[]", b'{"data":1}', b'{"type":"x","data":NaN}', b"\xff", b"[" * 100_000):
            with self.subTest(text=text[:20]), self.assertRaises(FrameError):
                list(FrameReader().feed(text + b"\f"))

    def test_no_frame_is_longer_than_the_limit(self):
        with self.assertRaises(FrameError):
            encode_frame("response", "x" * MAX_FRAME_BYTES)
        with self.assertRaises(FrameError):
            list(FrameReader().feed(b"x" * (MAX_FRAME_BYTES + 1)))

    def test_a_name_that_is_no_text_has_bytes_all_the_same(self):
        self.assertIn(b"a?", encode_frame("notify", "a\udcff"))
