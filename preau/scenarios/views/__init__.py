"""What the school looks at: Accueil, the Élèves tab, the page of one pupil."""
