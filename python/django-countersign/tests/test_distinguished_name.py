from django.test import SimpleTestCase

from django_countersign.distinguished_name import MalformedName, attribute_values, parse


class DistinguishedNameTests(SimpleTestCase):
    def test_attributes_are_read(self):
        name = r"CN=Doe\, John,OU=Ops+OU=Dev,O=Ex\2cample,2.5.4.3=second,1.2.3=#0401ff"
        self.assertEqual(attribute_values(name, "CN"), ("Doe, John", "second"))
        self.assertEqual(attribute_values(name, "cn"), ("Doe, John", "second"))
        self.assertEqual(attribute_values(name, "2.5.4.11"), ("Ops", "Dev"))
        self.assertEqual(attribute_values(name, "O"), ("Ex,ample",))
        self.assertEqual(attribute_values(name, "1.2.3"), ())
        self.assertEqual(attribute_values("", "CN"), ())
        self.assertEqual(attribute_values(r"CN=J\c3\bcrgen", "CN"), ("Jürgen",))
        self.assertEqual(parse("CN="), [("2.5.4.3", "")])

    def test_a_value_is_not_taken_for_an_attribute(self):
        self.assertEqual(attribute_values(r"O=x\,CN=alice", "CN"), ())
        self.assertEqual(attribute_values(r"O=x\+CN\=alice", "CN"), ())
        self.assertEqual(attribute_values("O=x CN=alice", "CN"), ())

    def test_what_reads_in_two_ways_is_refused(self):
        for name in (
            "CN",
            "=x",
            "CN=a,",
            "CN=a+",
            ",CN=a",
            "CN=a,,O=b",
            "CN=a, O=b",
            "CN= a",
            "CN=a ",
            'CN="a"',
            "CN=a;O=b",
            "CN=a\\",
            "CN=a\\x",
            "CN=\\ff",
            "CN=#41",
            "CN=#4",
            "CN=a\0",
            "CN=<a>",
        ):
            with self.subTest(name=name):
                if name == "CN=#41":  # hexadecimal: no text, but well formed
                    self.assertEqual(attribute_values(name, "CN"), ())
                    continue
                with self.assertRaises(MalformedName):
                    parse(name)
