"""Work that waits or leaves the building."""

from prescriptions.tasks import (  # noqa: F401  (subscribers register themselves)
    care_mail,
    documents,
    housekeeping,
    mail,
    prescriber_links,
    retention,
)
