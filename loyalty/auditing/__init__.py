"""What must hold in the books whatever happens, checked by `manage.py loyalty_check`.

Public API: the names below. An app registers its own in its `loyalty_rules` module:

    from loyalty.auditing import Invariant, register_invariant

    @register_invariant
    class EachLessonHasItsCourse(Invariant):
        key = "school.lesson_has_course"
        label = _("Each lesson belongs to a course.")
        subject = "lesson"
        sql = "SELECT l.id FROM {school_lesson} l LEFT JOIN {school_course} c ON c.id = l.course_id WHERE c.id IS NULL"
"""

from loyalty.auditing.registry import Invariant, invariants, register_invariant
from loyalty.auditing.run import Finding, run_invariants

__all__ = ["Finding", "Invariant", "invariants", "register_invariant", "run_invariants"]
