"""What was paid."""

from django.db import models


class Transfer(models.Model):
    """Money that went from the holder of a certificate to a payee."""

    sender = models.CharField(max_length=150)
    payee = models.CharField(max_length=150)
    amount = models.PositiveIntegerField()
    via = models.CharField(max_length=10)

    class Meta:
        """Newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.sender} to {self.payee}: {self.amount} via {self.via}"
