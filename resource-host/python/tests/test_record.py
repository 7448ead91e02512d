import unittest

from andon_host.record import failure_record


class Record(unittest.TestCase):
    def test_control_characters_become_blanks(self):
        self.assertEqual(failure_record("web-1@7", "disk\ngone\x00!"), b"web-1@7 disk gone !\n")

    def test_a_long_reason_is_cut_between_two_characters(self):
        record = failure_record("web-1@7", "ü" * 600)
        self.assertLessEqual(len(record), 512)
        self.assertEqual(record, ("web-1@7 " + "ü" * 251).encode() + b"\n")

    def test_without_a_reason_there_is_no_blank(self):
        self.assertEqual(failure_record("web-1@7", ""), b"web-1@7\n")
