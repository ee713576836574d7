"""Links of members: `path("r/", include("referrals.landing_urls"))` in the URLs of the host.

Where there are several programs, each has an include of its own that names it, and whose namespace is its slug:
`path("books/", include("referrals.landing_urls", namespace="books"), {"program": "books"})`.
"""

from django.urls import path, register_converter

from referrals.views import landing


class AnythingConverter:
    """The rest of the address, whatever became of it on its way, line breaks and slashes included."""

    regex = r"[\s\S]*"

    def to_python(self, value: str) -> str:
        """As it came."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(AnythingConverter, "referral_code")

app_name = "referrals_landing"
urlpatterns = [path("<referral_code:code>", landing, name="landing")]
