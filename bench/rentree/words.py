"""How the page calls the acts of adults and the errors of pupils that taux.toml names."""

from __future__ import annotations

ACTS = {
    "import": "Import de la liste",
    "identifiants_en_masse": "Identifiants, classe par classe",
    "cartes_par_classe": "Imprimer et couper les cartes",
    "distribuer_une_carte": "Distribuer les cartes",
    "regarder_un_doute": "Doutes de l’import, ici et là-bas",
    "code_en_un_geste": "Nouveau code, en un geste",
    "nouveau_mot_de_passe": "Nouveau mot de passe, par l’onglet",
    "regarder_un_appel": "Code d’aide, parmi les proches",
    "chercher_dans_la_liste": "Chercher un élève ou un compte",
    "echanger_des_cartes": "Échanger deux cartes",
    "au_bureau": "Au bureau, hors séance",
    "reunir_deux_comptes": "Réunir deux comptes, à deux personnes",
}

ERRORS = {
    "change_d_etablissement": "A changé d’établissement",
    "nouvelle_identite": "Nouvelle identité dans l’ENT",
    "classe_sans_tuile": "Classe sans tuile",
    "eleve_sans_tuile": "Élève sans tuile",
    "dit_l_ancienne_ecole": "L’ENT dit encore l’ancienne école",
    "mot_de_passe_oublie": "Mot de passe oublié, et il le fallait",
    "identifiant_oublie": "Identifiant oublié, et il le fallait",
    "refait_un_compte": "Refait un compte sans rien dire",
    "carte_perdue": "Carte perdue",
    "carte_du_voisin": "Carte d’un autre",
    "session_d_un_autre": "Session d’un autre restée ouverte",
    "d_un_frere_ou_jumeau": "dont un frère, une sœur, un jumeau",
    "absent_le_premier_jour": "Absent le premier jour",
    "absent_encore": "Absent encore la fois suivante",
    "code_mal_recopie": "Code mal recopié",
    "mot_de_passe_mal_tape": "Mot de passe mal tapé",
    "lettre_fausse": "Une lettre fausse dans le nom",
    "surnom": "Prénom d’usage pour le prénom",
    "sans_accent": "Accents et tirets oubliés",
    "jour_mois_inverses": "Jour et mois inversés",
    "chiffre_de_date_faux": "Un chiffre faux dans la date",
    "nom_d_usage_absent": "Nom que la liste ne connaît pas",
    "date_fausse": "Date de naissance fausse dans la liste",
    "date_corrigee_en_arrivant": "Date corrigée en changeant d’école",
    "sans_ine": "Sans INE",
    "homonyme_ne_le_meme_jour": "Homonyme né le même jour",
}
