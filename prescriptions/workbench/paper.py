"""One page of a document, drawn again by us and unsealed for this look alone."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_GET

from pharmacy.refusals import NotFound
from pharmacy.web.workbench import workbench_page
from prescriptions.actions.document import note_look
from prescriptions.gateways.documents import open_page
from prescriptions.models.document import DocumentPage
from prescriptions.workbench.access import REVIEW, case_for, who


@workbench_page("review/<str:number>/pages/<uuid:page>/", "case-paper", roles=REVIEW)
@csp_override({"default-src": ["'none'"], "sandbox": [""]})
@require_GET
def paper(request: HttpRequest, number: str, page: UUID) -> HttpResponse:
    """The picture of a page of this case's documents. The look is recorded first; nothing of it is kept anywhere."""
    case = case_for(request, number)
    ready = DocumentPage.objects.select_related("document").filter(document__state="ready", document__removed_at=None)
    found = ready.filter(pk=page, document__order_reference=case.order_reference).first()
    if found is None:
        raise NotFound
    note_look(found.document, by=who(request))
    answer = HttpResponse(open_page(found.pk), content_type=found.media_type)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
