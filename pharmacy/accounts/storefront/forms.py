"""Sign-in forms in our words and look. What is asked and checked stays allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa_base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

_CODE_ATTRS = {"autocomplete": "one-time-code", "inputmode": "text", "class": "input code", "autocapitalize": "off"}


class _Ours:
    """Classes of the look on every control; no placeholders, because labels stand above."""

    fields: dict[str, forms.Field]
    labels: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            kind = getattr(field.widget, "input_type", "text")
            if kind not in {"checkbox", "radio", "hidden"}:
                field.widget.attrs["class"] = field.widget.attrs.get("class", "input")
            if field.widget.attrs.get("autofocus"):
                del field.widget.attrs["autofocus"]
            if name == "code":
                field.label = _("Code")
                field.widget.attrs |= _CODE_ATTRS


class LoginForm(_Ours, account.LoginForm):  # type: ignore[misc]
    """E-mail and password."""

    labels = {"login": _("E-mail"), "password": _("Password"), "remember": _("Stay signed in on this device")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class SignupForm(_Ours, account.SignupForm):  # type: ignore[misc]
    """E-mail and a password of ten characters or more."""

    labels = {"email": _("E-mail"), "password1": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _("Ten characters or more. A few words are easier to keep than signs.")


class AddEmailForm(_Ours, account.AddEmailForm):  # type: ignore[misc]
    """Another e-mail address."""

    labels = {"email": _("E-mail")}


class ChangePasswordForm(_Ours, account.ChangePasswordForm):  # type: ignore[misc]
    """Old password, new password."""

    labels = {"oldpassword": _("Password now"), "password1": _("New password"), "password2": _("New password again")}


class SetPasswordForm(_Ours, account.SetPasswordForm):  # type: ignore[misc]
    """A first password."""

    labels = {"password1": _("New password"), "password2": _("New password again")}


class ResetPasswordForm(_Ours, account.ResetPasswordForm):  # type: ignore[misc]
    """Which account?"""

    labels = {"email": _("E-mail")}


class ResetPasswordKeyForm(_Ours, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, after the code or link."""

    labels = {"password1": _("New password"), "password2": _("New password again")}


class ConfirmEmailCodeForm(_Ours, account.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    """The code that was sent to the address."""


class ConfirmResetCodeForm(_Ours, account.ConfirmPasswordResetCodeForm):  # type: ignore[misc]
    """The code that was sent for a new password."""


class ReauthenticateForm(_Ours, account.ReauthenticateForm):  # type: ignore[misc]
    """Password again, before something that matters."""

    labels = {"password": _("Password")}


class SecondFactorForm(_Ours, mfa_base.AuthenticateForm):  # type: ignore[misc]
    """A code of the authenticator app, or a recovery code."""


class SecondFactorAgainForm(_Ours, mfa_base.ReauthenticateForm):  # type: ignore[misc]
    """The same, to confirm."""


class ActivateAppForm(_Ours, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""


class DeactivateAppForm(_Ours, totp.DeactivateTOTPForm):  # type: ignore[misc]
    """Remove the authenticator app."""


class AddPasskeyForm(_Ours, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A name for a new passkey."""

    labels = {"name": _("Name of this device"), "passwordless": _("Sign in with it alone, without a password")}


class EditPasskeyForm(_Ours, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    labels = {"name": _("Name of this device")}


class ConsentForm(forms.Form):
    """Asked plainly, never ticked beforehand."""

    consent = forms.BooleanField(
        label=_("Health-data consent"),
        error_messages={"required": _("Without it we can sell no medicines. Other things we can.")},
    )


class NameForm(forms.Form):
    """How letters address you."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False, widget=forms.TextInput({"class": "input"}))
