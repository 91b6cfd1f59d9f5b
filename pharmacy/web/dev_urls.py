"""Pages for development and the demonstration only: letters that were sent, every part of the look once."""

from django.urls import path

from pharmacy.web import dev

urlpatterns = [
    path("mail/", dev.letters, name="dev-mail"),
    path("mail/<uuid:letter_id>/", dev.letter, name="dev-letter"),
    path("mail/<uuid:letter_id>/html/", dev.letter_html, name="dev-letter-html"),
    path("kit/", dev.kit, name="dev-kit"),
]
