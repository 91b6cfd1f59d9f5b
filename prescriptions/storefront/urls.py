"""Where these pages answer."""

from django.urls import path

from prescriptions.storefront import ask, consulting, journal, pages, people, prescriber, repeats, service, upload

urlpatterns = [
    path("service/", service.service, name="service"),
    path("account/prescriptions/ask/", prescriber.ask, name="prescriber-ask"),
    path("account/prescriptions/ask/<uuid:link>/revoke/", prescriber.revoke, name="prescriber-revoke"),
    path("rx/<str:token>/", prescriber.answer, name="prescriber-answer"),
    path("rx/<str:token>/decline/", prescriber.decline, name="prescriber-decline"),
    path("prescriptions/upload/", upload.upload, name="prescription-upload"),
    path("prescriptions/documents/<uuid:document>/remove/", upload.remove, name="document-remove"),
    path("prescriptions/documents/<uuid:document>/anyway/", upload.keep_anyway, name="document-use-anyway"),
    path("prescriptions/documents/<uuid:document>/<int:page>/", pages.document_page, name="document-page"),
    path("account/prescriptions/", pages.my_prescriptions, name="prescriptions"),
    path("ask/", ask.home, name="ask"),
    path("ask/new/", ask.new, name="ask-new"),
    path("ask/<str:reference>/", ask.thread, name="ask-thread"),
    path("ask/<str:reference>/write/", ask.write, name="ask-write"),
    path("ask/<str:reference>/close/", ask.close, name="ask-close"),
    path("consultation/<uuid:product>/", consulting.start, name="consult"),
    path("account/people/", people.people, name="people"),
    path("account/people/new/", people.new, name="person-new"),
    path("account/people/<uuid:patient>/", people.person, name="person"),
    path("account/people/<uuid:patient>/proof/", people.hand_in_proof, name="person-proof"),
    path("account/people/<uuid:patient>/invite/", people.invite, name="person-invite"),
    path("account/people/<uuid:patient>/journal/", journal.journal, name="journal"),
    path("account/people/<uuid:patient>/journal/share/", journal.share, name="journal-share"),
    path("account/people/<uuid:patient>/journal/<str:day>/remove/", journal.remove, name="journal-remove"),
    path("account/carers/<uuid:carer>/accept/", people.accept, name="carer-accept"),
    path("account/carers/<uuid:carer>/end/", people.end, name="carer-end"),
    path("account/repeats/", repeats.repeats, name="repeats"),
    path("account/repeats/calendar/", repeats.calendar, name="calendar"),
    path("account/repeats/calendar.ics", repeats.ics, name="calendar-ics"),
    path("account/repeats/<uuid:item>/opt-in/", repeats.opt_in, name="refill-opt-in"),
    path("account/repeats/<uuid:item>/skip/", repeats.skip, name="refill-skip"),
    path("account/repeats/<uuid:item>/stop/", repeats.stop, name="refill-stop"),
    path("account/looks/", pages.my_looks, name="looks"),
]
