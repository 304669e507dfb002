"""What a learner sees: ipywidgets and matplotlib faces of the models. Nothing is computed here."""
