"""What a graded exercise is: who answers (:mod:`.identity`), what an answer is and how it lasts
(:mod:`.answers`), what a question is and how it is marked (:mod:`.questions`).

Nothing here shows anything: the widgets are in :mod:`cinqcles.views`.
"""
