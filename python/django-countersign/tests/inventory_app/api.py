# ruff: noqa: ARG002 - views take a request and do nothing with it
"""REST framework's shapes. Included only where it is installed."""

from django.contrib.auth.models import Group
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from rest_framework import permissions, serializers, viewsets
from rest_framework.authentication import (
    BaseAuthentication,
    BasicAuthentication,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
    get_authorization_header,
)
from rest_framework.decorators import action, api_view, authentication_classes, permission_classes
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from django_countersign.rest_framework import ClientCertificateAuthentication
from tests.inventory_app.views import called

SUBJECT = "HTTP_X_SSL_CLIENT_S_DN"


class ExemptSession(SessionAuthentication):
    """As people write it to get rid of "CSRF Failed"."""

    def enforce_csrf(self, request):
        return


class QuietSession(SessionAuthentication):
    def enforce_csrf(self, request):
        called()
        super().enforce_csrf(request)


class RenamedSession(SessionAuthentication):
    www_authenticate_realm = "api"


class EmptiedCertificate(ClientCertificateAuthentication):
    def enforce_csrf(self, request):
        return


class HeaderAuthentication(BaseAuthentication):
    header = SUBJECT

    def authenticate(self, request):
        called(request.META[self.header])


class CookieAuthentication(BaseAuthentication):
    def authenticate(self, request):
        called(request.COOKIES.get("jwt"))


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request):
        called(get_authorization_header(request))


class Mystery(BaseAuthentication):
    def authenticate(self, request):
        called(request)


class MyToken(TokenAuthentication):
    keyword = "Bearer"


class TokenInCookie(TokenAuthentication):
    def authenticate(self, request):
        called(request.COOKIES["token"])


class TokenOrCookie(TokenAuthentication):
    def authenticate(self, request):
        return super().authenticate(request) or called(request.COOKIES["token"])


class TokenFromHelper(TokenAuthentication):
    def authenticate(self, request):
        return self.look(request)

    def look(self, request):
        return subject_of(request)


class TokenOfAnotherKind(TokenAuthentication):
    def authenticate(self, request):
        called(request)


class TokenWithLog(TokenAuthentication):
    def authenticate(self, request):
        called()
        return super().authenticate(request)


class HelpedAuthentication(BaseAuthentication):
    """The header is in a function beside it."""

    def authenticate(self, request):
        return subject_of(request), request.headers.get("Authorization")


def subject_of(request):
    return request.META[SUBJECT]


class MaybeAuthenticated(permissions.IsAuthenticated):
    def has_permission(self, request, view):
        return super().has_permission(request, view) or request.method == "POST"


@method_decorator(csrf_protect, name="dispatch")
class Protected(APIView):
    authentication_classes = [RemoteUserAuthentication]

    def post(self, request):
        called()


class Api(APIView):
    permission_classes = [permissions.IsAuthenticated]

    def get(self, request):
        called()

    def post(self, request):
        called()


class ReadOnly(Api):
    http_method_names = ["get"]


class Chooses(Api):
    def get_authenticators(self):
        called()


class GroupSerializer(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ["name"]


class GroupViewSet(viewsets.ModelViewSet):
    queryset = Group.objects.all()
    serializer_class = GroupSerializer
    authentication_classes = [TokenAuthentication]
    permission_classes = [permissions.IsAuthenticated & ~permissions.IsAdminUser]

    @action(detail=True, methods=["post"], authentication_classes=[RemoteUserAuthentication])
    def archive(self, request, pk=None):
        called()

    @action(detail=False)
    def recent(self, request):
        called()


@api_view(["GET", "POST"])
@authentication_classes([SessionAuthentication])
@permission_classes([permissions.IsAuthenticated])
def function(request):
    called()


@api_view()
def function_read(request):
    called()


def api(*classes, permission=permissions.IsAuthenticated):
    return Api.as_view(authentication_classes=list(classes), permission_classes=[permission])


router = DefaultRouter()
router.register("groups", GroupViewSet)

urlpatterns = [
    path("session", api(SessionAuthentication)),
    path("renamed-session", api(RenamedSession)),
    path("exempt-session", api(ExemptSession)),
    path("quiet-session", api(QuietSession)),
    path("ours", api(ClientCertificateAuthentication)),
    path("ours-emptied", api(EmptiedCertificate)),
    path("basic", api(BasicAuthentication)),
    path("session-basic", api(SessionAuthentication, BasicAuthentication)),
    path("session-token", api(SessionAuthentication, TokenAuthentication)),
    path("token", api(TokenAuthentication)),
    path("my-token", api(MyToken)),
    path("token-in-cookie", api(TokenInCookie)),
    path("token-anyone", api(TokenAuthentication, permission=permissions.AllowAny)),
    path(
        "token-either",
        api(TokenAuthentication, permission=permissions.IsAuthenticated | permissions.AllowAny),
    ),
    path("remote-user", api(RemoteUserAuthentication)),
    path("session-remote-user", api(SessionAuthentication, RemoteUserAuthentication)),
    path("header", api(HeaderAuthentication)),
    path("cookie", api(CookieAuthentication)),
    path("bearer", api(BearerAuthentication)),
    path("mystery", api(Mystery)),
    path("nobody", api(permission=permissions.AllowAny)),
    path("chooses", Chooses.as_view()),
    path("token-or-cookie", api(TokenOrCookie)),
    path("token-from-helper", api(TokenFromHelper)),
    path("token-of-another-kind", api(TokenOfAnotherKind)),
    path("token-with-log", api(TokenWithLog)),
    path("helped", api(HelpedAuthentication)),
    path("maybe-authenticated", api(TokenAuthentication, permission=MaybeAuthenticated)),
    path("protected", Protected.as_view()),
    path("read-only", ReadOnly.as_view(authentication_classes=[RemoteUserAuthentication])),
    path("function", function),
    path("function-read", function_read),
    *router.urls,
]
