"""The words that pages use for codes: marks, groups, layers, severities, units. Unknown codes stand as they are."""

from __future__ import annotations

AUDIENCES = {"public": "allmänheten", "municipality": "kommunens skolförvaltning", "unit": "skolenhetens ledning"}
FAMILIES = {
    "leaving_results": "Resultat när eleverna lämnar grundskolan",
    "year6_results": "Betyg i årskurs 6",
    "attendance": "Närvaro",
    "attendance_term": "Mycket, lång och upprepad frånvaro",
    "test_vs_grade": "Nationella prov och slutbetyg",
    "test_vs_grade_y6": "Nationella prov och betyg i årskurs 6",
    "test_y3": "Nationella prov i årskurs 3",
    "survey_y5": "Enkät, årskurs 5",
    "survey_y8": "Enkät, årskurs 8",
    "survey_gy2": "Enkät, gymnasieskolans år 2",
    "survey_guardian": "Enkät, vårdnadshavare",
    "staff": "Lärare i grundskolan",
    "staff_gy": "Lärare i gymnasieskolan",
    "followup": "Omdömen och skolbyten",
    "support": "Särskilt stöd",
    "socioeconomic": "Socioekonomiskt index och fördelning",
    "gy_results": "Betyg och examen i gymnasieskolan",
    "gy_throughput": "Examen inom tre år",
    "gy_throughput_4": "Examen inom fyra år",
    "lika": "LIKA, skolenheternas självskattning",
    "selfie_leaders": "SELFIE, skolledare",
    "selfie_teachers": "SELFIE, lärare",
    "selfie_pupils": "SELFIE, elever",
}
GROUPS = {
    "all": "Alla",
    "K": "Flickor",
    "F": "Flickor",
    "M": "Pojkar",
    "T": "Alla",
    "girls": "Flickor",
    "boys": "Pojkar",
    "Kommunal": "Kommunala skolor",
    "Enskild": "Fristående skolor",
    "Region": "Regionens skolor",
    "Statlig": "Statliga skolor",
    "Egen kommun": "Folkbokförda i kommunen",
    "Annan kommun": "Folkbokförda i andra kommuner",
}
UNITS = {
    "percent": "procent",
    "share": "procent",
    "points": "poäng",
    "percentage_points": "procentenheter",
    "steps": "betygssteg",
    "index": "index 0–10",
    "pupils_per_post": "elever per heltidstjänst",
    "index_100": "index där riket är 100",
    "kronor": "kronor",
    "points_apart": "poängs skillnad",
    "scale_1_4": "medelvärde 1–4",
    "scale_1_5": "medelvärde 1–5",
}
COUNTS = {"pupils": "elever", "respondents": "svarande", "teachers": "lärare", "units": "skolenheter"}
# What to bear in mind when school units stand beside each other, by what is counted.
BETWEEN_UNITS = {
    "pupils": "Skillnader mellan skolenheter beror mycket på vilka elever som går där; jämför hellre en skolenhet med "
    "sig själv över tid.",
    "respondents": "Skillnader mellan skolenheter beror också på vilka som går och arbetar där, och på vilka som "
    "svarade; jämför hellre en skolenhet med sig själv över tid.",
    "units": "Varje skolenhet har skattat sig själv, och alla är inte lika stränga; jämför hellre en skolenhet med sig "
    "själv över tid.",
}
DIRECTIONS = {
    "higher": "Ett högre värde är oftast bättre.",
    "lower": "Ett lägre värde är oftast bättre.",
    "none": "Varken ett högt eller ett lågt värde är bättre i sig.",
}
LAYERS = {"raw": "Som levererat", "master": "Grunddata", "marts": "Resultat"}
SEVERITIES = {"block": "Stoppar", "quarantine": "Raden ställs undan", "warn": "Varning"}
CLASSIFICATIONS = {
    "none": "Inte personuppgift",
    "personal": "Personuppgift",
    "integrity_sensitive": "Integritetskänslig",
    "special_category": "Känslig personuppgift",
    "direct_identifier": "Direkt identifierande",
}
STATUSES = {"aktuell": "Aktuell", "försenad": "Försenad", "saknas": "Saknas"}
LOAD_MODES = {
    "full": "Varje leverans innehåller allt och ersätter den förra.",
    "period": "Varje leverans ersätter sin egen period.",
    "upsert": "Varje leverans lägger till nya rader och ersätter gamla.",
    "append": "Varje leverans lägger bara till nya rader.",
}
MARKS = {
    "..": "Uppgiften bygger på för få elever (svarande, lärare), eller skulle avslöja en annan uppgift som gör det, "
    "och visas inte.",
    ".": "Uppgiften finns inte: gruppen har inga elever (svarande, lärare) eller så förekommer den inte.",
    "~100": "Nästan alla: bara några få elever är utanför, och deras exakta antal visas inte.",
    "~0": "Nästan inga: bara några få elever är med, och deras exakta antal visas inte.",
}
SPOKEN_MARKS = {"..": "visas inte", ".": "finns inte", "~100": "nästan alla", "~0": "nästan inga", "–": "ingen uppgift"}
TYPES = {
    "VARCHAR": "text",
    "BIGINT": "heltal",
    "INTEGER": "heltal",
    "DOUBLE": "tal",
    "DATE": "datum",
    "TIMESTAMPTZ": "tidpunkt",
    "BOOLEAN": "ja eller nej",
}

OUTCOMES = {
    "new": "Nya uppgifter hämtade",
    "nothing_new": "Inget nytt",
    "no_file": "Ingen ny fil",
    "not_offered": "Erbjuds inte av källan",
    "unreachable": "Svarade inte",
    "failed": "Gick inte att hämta",
}
