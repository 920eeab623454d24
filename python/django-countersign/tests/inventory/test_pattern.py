"""Where the gateway finds a pattern: never longer than every path that Django resolves to it."""

from django.conf import settings
from django.test import SimpleTestCase, override_settings
from django.urls import get_resolver, path, re_path, resolve
from django.urls.exceptions import Resolver404
from django.utils import translation

from django_countersign import inventory
from django_countersign.inventory.walk import walk
from tests.inventory.project import by_pattern, inventory_project
from tests.inventory_app import views

PLACES = {
    "/": [("/", True)],
    "/<language>/local/": [("/de/local/", True), ("/en/local/", True)],
    "/[<language>/]maybe/": [("/de/maybe/", True), ("/maybe/", True)],
    "/patterns/items/<int:pk>/": [("/patterns/items/", False)],
    "/patterns/files/<path:name>": [("/patterns/files/", False)],
    "/patterns/item-<slug:name>/": [("/patterns/", False)],
    "/patterns/<slug:name>/hook": [("/patterns/", False)],
    "/patterns/regex/(?P<year>[0-9]{4})/": [("/patterns/regex/", False)],
    r"/patterns/literal\.html": [("/patterns/literal.html", True)],
    "/patterns/open-ended": [("/patterns/", False)],
    "/patterns/optional/?": [("/patterns/optional", True), ("/patterns/optional/", True)],
    "/patterns/tail(?:/|$)": [("/patterns/tail", True), ("/patterns/tail/", True)],
    "/patterns/either|or/": [("/patterns/", False)],
    "/patterns/(?i)anycase/": [("/patterns/", False)],
    "/patterns/.*anywhere/": [("/patterns/", False)],
    "/patterns/repeated/?x*/": [("/patterns/", False)],
    "/patterns/translated/": [("/patterns/", False)],
    "/patterns/included/deep/leaf": [("/patterns/included/deep/leaf", True)],
}
# A path, and the pattern that Django resolves it to.
PATHS = {
    "/": "/",
    "/en/local/": "/<language>/local/",
    "/maybe/": "/[<language>/]maybe/",
    "/patterns/items/7/": "/patterns/items/<int:pk>/",
    "/patterns/files/a/b/c": "/patterns/files/<path:name>",
    "/patterns/item-a/": "/patterns/item-<slug:name>/",
    "/patterns/x/hook": "/patterns/<slug:name>/hook",
    "/patterns/regex/2026/": "/patterns/regex/(?P<year>[0-9]{4})/",
    "/patterns/literal.html": r"/patterns/literal\.html",
    "/patterns/open-ended-and-more": "/patterns/open-ended",
    "/patterns/optional": "/patterns/optional/?",
    "/patterns/optional/": "/patterns/optional/?",
    "/patterns/tail": "/patterns/tail(?:/|$)",
    "/patterns/tail/and/more": "/patterns/tail(?:/|$)",
    "/patterns/either": "/patterns/either|or/",
    "/patterns/ANYCASE/": "/patterns/(?i)anycase/",
    "/patterns/it/is/anywhere/": "/patterns/.*anywhere/",
    "/patterns/repeatedxx/": "/patterns/repeated/?x*/",
    "/patterns/translated/": "/patterns/translated/",
    "/patterns/included/deep/leaf": "/patterns/included/deep/leaf",
}


def covers(place, url):
    """Match as the gateway does."""
    return url.startswith(place.path) if place.path.endswith("/") else url == place.path


@inventory_project()
class PlaceTests(SimpleTestCase):
    maxDiff = None

    def test_table(self):
        found = by_pattern()
        places = {pattern: [(one.path, one.whole) for one in found[pattern].places] for pattern in PLACES}
        self.assertEqual(places, PLACES)

    def test_no_path_of_a_pattern_is_outside_its_places(self):
        found = by_pattern()
        with translation.override(settings.LANGUAGE_CODE):
            callbacks = {id(one.callback) for one in walk(get_resolver())}
            for url, pattern in PATHS.items():
                with self.subTest(url):
                    self.assertIn(id(resolve(url).func), callbacks)
                    self.assertTrue(any(covers(place, url) for place in found[pattern].places))

    @override_settings(FORCE_SCRIPT_NAME="/app")
    def test_script_name_is_in_front(self):
        self.assertEqual(by_pattern()["/app/functions/plain"].places[0].path, "/app/functions/plain")


# Regular expressions, and paths that must be covered by the literal beginning that is found in them.
REGEXES = [
    (r"^a/b$", ["a/b"]),
    (r"^a\/b/$", ["a/b/"]),
    (r"^a-b_c/(\w+)/$", ["a-b_c/x/"]),
    (r"^ab?/c/$", ["a/c/", "ab/c/"]),
    (r"^ab*c/$", ["ac/", "abbc/"]),
    (r"^ab{2}/$", ["abb/"]),
    (r"^a/*b/$", ["ab/", "a/b/"]),
    (r"^a/?b/$", ["ab/", "a/b/"]),
    (r"^a/{0,1}b/$", ["ab/", "a/b/"]),
    (r"^(?:x|y)/z/$", ["x/z/", "y/z/"]),
    (r"^x/|y/$", ["x/", "y/"]),
    (r"^[x|y]/z/$", ["x/z/", "|/z/"]),
    (r"^\d+/x/$", ["7/x/"]),
    (r"^a\.b/$", ["a.b/"]),
    (r"^a.b/$", ["axb/"]),
    (r"\Aa/b/\Z", ["a/b/"]),
    (r"a/b/$", ["a/b/"]),
    (r"b/", ["a/b/", "b/"]),
    (r"(?i)^Ab/$", ["aB/"]),
    (r"(?i:A)b/$", ["ab/"]),
    (r"^a/?$", ["a", "a/"]),
    (r"^a(/|$)", ["a", "a/", "a/b"]),
    (r"^a/(?=b)b/$", ["a/b/"]),
    (r"^a\tb/$", ["a\tb/"]),
    (r"^\x61/$", ["a/"]),
    ("", ["", "anything"]),
    ("^", ["", "anything"]),
    (r"^$", [""]),
    (r"^é/$", ["é/"]),
]


class RegexTests(SimpleTestCase):
    def test_prefix_covers_whatever_matches(self):
        for regex, urls in REGEXES:
            module = type("urls", (), {"urlpatterns": [re_path(regex, views.plain)]})
            (one,) = inventory.take(module)
            for url in urls:
                with self.subTest(regex, url=url):
                    try:
                        resolve(f"/{url}", urlconf=module)
                    except Resolver404:
                        self.fail("the table is wrong: Django does not match it")
                    self.assertTrue(any(covers(place, f"/{url}") for place in one.places), one.places)

    def test_path_converters_of_the_project_end_the_prefix(self):
        module = type("urls", (), {"urlpatterns": [path("a/<slug:b>-c/d", views.plain)]})
        (one,) = inventory.take(module)
        self.assertEqual([place.path for place in one.places], ["/a/"])
