"""The description of the API, and of its problems."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from config.base.api.docs import Docs
from config.base.api.views import ProblemTypes

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", Docs.as_view(), name="api-docs"),
    path("problems/<slug:code>", ProblemTypes.as_view(), name="api-problem"),
]
