from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, override_settings

from django_countersign import conf

RIGHT = {"KEYS": "keys.jwks", "AUDIENCE": "app"}


class ConfigTests(SimpleTestCase):
    def problems(self, **changes):
        return conf.read({**RIGHT, **changes})[1]

    def test_two_keys_are_enough(self):
        checked, problems = conf.read(RIGHT)
        self.assertEqual(problems, [])
        self.assertEqual((checked.algorithm, checked.issuer), ("HS256", "countersign"))
        self.assertEqual((checked.replay_cache, checked.bind_session), ("default", "identity"))
        self.assertIs(checked.allow_session_assertions, False)
        self.assertEqual(checked.health_paths, ())

    def test_all_errors_are_told_at_once(self):
        problems = conf.read({"KEYS": 3, "ALGORITHM": "none", "USER": {"IDENTITY": "cn"}, "HEALTHPATHS": []})[
            1
        ]
        self.assertEqual(len(problems), 6, problems)
        self.assertIn("COUNTERSIGN lacks 'AUDIENCE'", problems)
        self.assertIn("COUNTERSIGN['ALGORITHM'] is 'none': expected 'HS256' or 'ES256'", problems)
        self.assertIn("COUNTERSIGN has an unknown key 'HEALTHPATHS', did you mean 'HEALTH_PATHS'?", problems)

    def test_a_missing_setting_says_what_it_is(self):
        with (
            override_settings(COUNTERSIGN=None),
            self.assertRaisesMessage(ImproperlyConfigured, "is missing"),
        ):
            conf.config()
        self.assertIn("expected a dict", conf.read(["x"])[1][0])

    def test_wrong_values(self):
        for changes in (
            {"AUDIENCE": ""},
            {"AUDIENCE": ["app"]},
            {"HEALTH_PATHS": "/healthz"},
            {"HEALTH_PATHS": ["healthz"]},
            {"ALLOW_SESSION_ASSERTIONS": 1},
            {"ALLOW_SESSION_ASSERTIONS": True},  # with HS256
            {"BIND_SESSION": None},
            {"LOGIN": "never"},
            {"USER": "email"},
            {"USER": {"IDENTITY": "subject:", "FIELD": "email"}},
            {"USER": {"IDENTITY": "email:CN", "FIELD": "email"}},
            {"USER": {"IDENTITY": "email", "FIELD": "email", "GROUPS": {"FROM": "sub", "MAP": {}}}},
            {"USER": {"IDENTITY": "email", "FIELD": "email", "GROUPS": {"FROM": "uri", "MAP": ["x"]}}},
            {"USER": {"IDENTITY": "email", "FIELD": "email", "CREATE": "yes"}},
        ):
            with self.subTest(changes=changes):
                self.assertEqual(len(self.problems(**changes)), 1, self.problems(**changes))

    def test_right_values(self):
        groups = {"FROM": "subject:OU", "MAP": {"Ops": "operators"}, "KEEP_OTHERS": False}
        user = {"IDENTITY": "subject:CN", "FIELD": "username", "CREATE": True, "TRUST": ["staff"]}
        self.assertEqual(self.problems(USER={**user, "GROUPS": groups}), [])
        self.assertEqual(self.problems(ALGORITHM="ES256", ALLOW_SESSION_ASSERTIONS=True), [])

    def test_a_changed_setting_is_read_again(self):
        with override_settings(COUNTERSIGN={**RIGHT, "AUDIENCE": "one"}):
            self.assertEqual(conf.config().audience, "one")
            with override_settings(COUNTERSIGN={**RIGHT, "AUDIENCE": "two"}):
                self.assertEqual(conf.config().audience, "two")
            self.assertEqual(conf.config().audience, "one")
