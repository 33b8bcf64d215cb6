from django import forms
from django.utils.translation import gettext_lazy as _

from entregent.web.accounts.models import User


class PersonForm(forms.ModelForm[User]):
    """A colleague's place in the workspace."""

    class Meta:
        model = User
        fields = ("email", "name", "role", "language", "is_active")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewPersonForm(PersonForm):
    password = forms.CharField(
        label=_("mot de passe provisoire"),
        min_length=12,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("douze caractères au moins ; la personne pourra le changer"),
    )
