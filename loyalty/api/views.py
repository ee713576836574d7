"""Bases of our views: JSON in and out, problem documents for every refusal, each operation declared once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django.db import connections, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from loyalty.api.filters import apply_filters
from loyalty.api.idempotency import answer_once, read_key
from loyalty.api.operations import Answer, Operation
from loyalty.api.parsers import StrictJSONParser
from loyalty.api.permissions import Nobody
from loyalty.api.problems import answer_problem
from loyalty.api.schema import SCHEMA
from loyalty.api.throttles import ApiThrottle, AtomicThrottle
from loyalty.services.one_transaction import run_in_one_transaction

M = TypeVar("M", bound=Model)


class JsonAlways(DefaultContentNegotiation):
    """Answers JSON whatever is asked for: a browser, or a client that asks for something else, can read it too."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class LoyaltyAPIView(APIView):
    """Base of every view. A subclass states `permission_classes`, and in `operations` what each method takes.

    Authentication is the host's choice. The view runs outside of ATOMIC_REQUESTS, since it owns its transactions.
    Parameters of the query that no operation declares are refused.
    """

    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = JsonAlways
    permission_classes = [Nobody]
    throttle_classes = [ApiThrottle]
    metadata_class = None
    schema = SCHEMA
    operations: ClassVar[Mapping[str, Operation]] = {}

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)
        for alias in connections:
            view = transaction.non_atomic_requests(using=alias)(view)
        return view

    @property
    def operation(self) -> Operation:
        """The operation at hand."""
        found = self._find_operation(self.request)
        assert found is not None
        return found

    @property
    def allowed_methods(self) -> list[str]:
        return [method.upper() for method in self.operations]

    def get_exception_handler(self) -> Any:
        return answer_problem

    def get_throttles(self) -> list[Any]:
        self._throttles = super().get_throttles()
        return self._throttles

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        operation = self._find_operation(request)
        if operation is not None:
            self._refuse_unknown_parameters(operation, request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        code = self.find_refusal(response)
        for throttle in getattr(self, "_throttles", ()):
            if isinstance(throttle, AtomicThrottle):
                throttle.settle(code)
        return super().finalize_response(request, response, *args, **kwargs)

    def find_refusal(self, response: Any) -> str:
        """The code of the refusal that a response tells, empty for none: what throttles go by that count guesses."""
        content = getattr(response, "data", None)
        if response.status_code < 400 or not isinstance(content, dict):
            return ""
        return str(content.get("code", ""))

    def read_body(self) -> dict[str, Any]:
        """The body, checked by the operation's serializer. Raises ValidationError."""
        return self._check(self.operation.body, self.request.data)

    def read_query(self) -> dict[str, Any]:
        """The query, checked by the operation's serializer. Raises ValidationError."""
        declared = self.operation.query
        known = declared().fields if declared else {}  # type: ignore[attr-defined]
        asked = self.request.query_params.copy()
        for name in set(asked) - set(known):
            del asked[name]
        return self._check(declared, asked)

    def apply_filters(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows that the query's filters leave. Raises ValidationError."""
        declared = self.operation.filters
        return rows if declared is None else apply_filters(declared, self.request.query_params, rows)

    def answer(self, content: object, *, status: int = 200) -> Response:
        """A success: what the operation's serializer of that status makes of `content`."""
        return Response(self._represent(Answer(status, content)), status=status)

    def act(self, effect: Callable[[], Answer]) -> Response:
        """Have an effect and answer it, in one transaction; once for ever for each `Idempotency-Key`, where one is read.

        `effect` may be called again after all that it did was undone. Raises what it raises.
        """
        key = None
        if self.operation.key:
            key = read_key(self.request, required=self.operation.key == "required")

        def had() -> tuple[int, Any]:
            answer = effect()
            return answer.status, self._represent(answer)

        if key is not None:
            return answer_once(self.request, key, had)
        status, content = run_in_one_transaction(had)
        return Response(content, status=status)

    def _represent(self, answer: Answer) -> Any:
        serializer = self.operation.answers[answer.status]
        return None if serializer is None else serializer(answer.content).data

    def _check(self, declared: type[BaseSerializer[Any]] | None, data: Any) -> dict[str, Any]:
        assert declared is not None, f"{type(self).__name__} declares nothing to read."
        given = declared(data=data, context={"request": self.request, "view": self})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _find_operation(self, request: Request) -> Operation | None:
        method = str(request.method).lower()
        return self.operations.get("get" if method == "head" else method)

    def _refuse_unknown_parameters(self, operation: Operation, request: Request) -> None:
        known = set(operation.query().fields) if operation.query else set()  # type: ignore[attr-defined]
        known |= set(operation.filters.base_filters) if operation.filters else set()
        message = gettext("There is no such parameter.")
        unknown = {
            name: [ErrorDetail(message, code="unknown_field")]
            for name in request.query_params
            if name not in known
        }
        if unknown:
            raise ValidationError(unknown)
