"""People: users, what they may do where, what they agreed to; and partners with their keys."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from pharmacy.accounts.permissions import may
from pharmacy.clock import AppNow
from pharmacy.crypto import sealed
from pharmacy.keys import new_id


class UserManager(BaseUserManager["User"]):
    """Makes users; the name is the framework's."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who signs in with `email` (lower-cased) and, where given, `password`."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """By e-mail, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who can sign in. What staff may do is said by Role rows alone; there is no superuser."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField("e-mail", max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=8, default="en")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    joined_at = models.DateTimeField(db_default=AppNow())

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_e_mail")]

    def __str__(self) -> str:
        return self.name or f"user {str(self.pk)[-6:]}"

    @property
    def is_staff(self) -> bool:
        """Whether any role is held now (asked by Django's admin)."""
        return self.is_active and bool(self.role_pairs)

    @property
    def role_pairs(self) -> frozenset[tuple[str, str]]:
        """(role, site code) of every role held now; read once a request."""
        if not hasattr(self, "_role_pairs"):
            held = Role.objects.filter(user=self, ended_at=None).values_list("role", "site_code")
            self._role_pairs = frozenset(held)
        return self._role_pairs

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether a role held now gives the admin permission `perm` ("orders.view_order")."""
        return self.is_active and may({role for role, _ in self.role_pairs}, perm)

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        """Whether all of `perms` are given."""
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether anything of an app may be seen."""
        return self.is_staff


class Role(models.Model):
    """What somebody may do at a site ("*" for roles that belong to no site, such as operator). Ended, never deleted."""

    class Kind(models.TextChoices):
        PHARMACIST = "pharmacist"
        DISPENSER = "dispenser"
        SUPPORT = "support"
        MARKETING = "marketing"
        SUPERINTENDENT = "superintendent"
        OPERATOR = "operator"

    user = models.ForeignKey(User, models.PROTECT, related_name="roles")
    role = models.CharField(max_length=20, choices=Kind.choices)
    site_code = models.CharField(max_length=40, default="*")
    granted_by = models.CharField(max_length=80)
    granted_at = models.DateTimeField(db_default=AppNow())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "site_code"], condition=Q(ended_at=None), name="one_live_role_per_user_and_site"
            ),
            models.CheckConstraint(name="a_role_is_one_we_know", condition=Q(role__in=[
                "pharmacist", "dispenser", "support", "marketing", "superintendent", "operator"])),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.role} at {self.site_code}"


class Registration(models.Model):
    """A pharmacist's entry in a register: number, country, and the days it is valid. No decision after it lapses."""

    user = models.ForeignKey(User, models.PROTECT, related_name="registrations")
    register = models.CharField(max_length=80)
    number = models.CharField(max_length=40)
    country = models.CharField(max_length=2)
    valid_from = models.DateField()
    valid_until = models.DateField()
    evidence = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "register", "number"], name="one_person_per_registration_number"
            ),
            models.UniqueConstraint(fields=["user", "number"], name="a_registration_can_be_pointed_at"),
            models.CheckConstraint(
                name="a_registration_starts_before_it_ends", condition=Q(valid_until__gte=F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.country})"


class Consent(models.Model):
    """What somebody agreed to, in which wording, when, and when it was taken back."""

    user = models.ForeignKey(User, models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, default="health_data")
    version = models.CharField(max_length=20)
    given_at = models.DateTimeField(db_default=AppNow())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(withdrawn_at=None), name="one_live_consent_per_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class Partner(models.Model):
    """A clinic, insurer or service that builds on the API."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    country = models.CharField(max_length=2, default="US")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=AppNow())

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """One of a partner's keys: shown once, kept as a hash, test or live for ever."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=16)
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    is_test = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=AppNow())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class KeptAnswer(models.Model):
    """What a partner was answered when something was made, for a day: a repeat with the same key gets it again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    partner = models.ForeignKey(Partner, models.CASCADE, related_name="+")
    is_test = models.BooleanField()
    key_index = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    answer_sealed = models.BinaryField(default=b"")
    kept_at = models.DateTimeField(db_default=AppNow(), db_index=True)

    answer = sealed("answer_sealed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "is_test", "key_index"], name="one_kept_answer_per_key")
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class DataExport(models.Model):
    """A copy of everything kept about a customer: asked for, made by a worker, fetched once, gone after a week."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="exports")
    asked_at = models.DateTimeField(db_default=AppNow())
    ready_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(fetched_at=None, dropped_at=None), name="one_open_export_per_customer"
            ),
            models.CheckConstraint(
                name="only_a_ready_export_is_fetched", condition=Q(fetched_at=None) | Q(ready_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"
