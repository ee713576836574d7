"""A host's own kind of event, registered for these tests only."""

from django import forms

from loyalty.rules import EventKind


class LessonFinished(EventKind):
    """The card's holder finished a lesson."""

    kind = "school.lesson_finished"
    label = "Lesson finished"

    class Payload(forms.Form):
        score = forms.IntegerField(required=False)
        topic = forms.CharField(required=False, max_length=20)
