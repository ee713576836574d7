"""What the host does when something happens."""

# >>> loyalty
from allauth.account.signals import user_signed_up
from django.dispatch import receiver

from loyalty.signals import member_registered


@receiver(user_signed_up)
def on_signed_up(request, user, **kwargs):
    member_registered.send(sender=None, user=user, request=request, code=request.POST.get("code", ""))


# <<< loyalty
