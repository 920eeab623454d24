import json

from django.test import SimpleTestCase

from django_countersign.jose import NotJose, base64url, decode_base64url, decode_object


class Base64UrlTests(SimpleTestCase):
    def test_what_is_written_is_read(self):
        for length in range(70):
            octets = bytes(range(180, 180 + length))
            self.assertEqual(decode_base64url(base64url(octets).encode()), octets)

    def test_other_spellings_are_refused(self):
        for text in (
            b"QQ==",
            b"QQ=",
            b"QR",
            b"Q",
            b"QUI\n",
            b"QU I",
            b"-+",
            b"//",
            b"QUI.",
            b"QUJ\x00",
            b"=",
        ):
            with self.subTest(text=text), self.assertRaises(NotJose):
                decode_base64url(text)


class ObjectTests(SimpleTestCase):
    def test_an_object_is_read(self):
        self.assertEqual(
            decode_object(b' {"a":[1,{"b":"\\u00e9\\ud83d\\ude00"}]} '), {"a": [1, {"b": "é😀"}]}
        )

    def test_what_reads_in_two_ways_is_refused(self):
        for text in (
            b'{"a":1,"a":1}',
            b'{"a":{"b":1,"b":2}}',
            b'{"a":1.0}',
            b'{"a":1e3}',
            b'{"a":NaN}',
            b'{"a":Infinity}',
            b'{"a":"\\ud800"}',
            b'{"\\udc00":1}',
            b'{"a":"\xff"}',
            b'{"a":1} {}',
            b'{"a":1}x',
            b"[1]",
            b"1",
            b"",
            b"{",
            b"\xef\xbb\xbf{}",
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"a":' + b"9" * 10_000 + b"}",
            b'{"a":"\n"}',
        ):
            with self.subTest(text=text[:40]), self.assertRaises(NotJose):
                value = decode_object(text)
                # Python before 3.11 has no limit on the digits of a number.
                if len(json.dumps(value)) > 9_000:
                    raise NotJose
