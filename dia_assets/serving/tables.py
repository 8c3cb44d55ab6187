"""The published tables: one contract each, with columns, types, Swedish texts and the query that fills it.

Everything a reader meets is derived from here: the Parquet files, the DuckDB tables and their comments, the two
description tables and the page that explains them. A column that is not named here cannot be published.
"""

from __future__ import annotations

from dia_assets.serving.compared import OFFICIAL_COMPARISON, SEX_GAP
from dia_assets.serving.table import AUDIENCES, MUNICIPALITY, PUBLIC, UNIT, Column, Table

__all__ = ["AUDIENCES", "MUNICIPALITY", "OFFICIAL_COMPARISON", "PUBLIC", "SEX_GAP", "UNIT", "Column", "Table"]

INDICATOR_VALUE = Table(
    "indicator_value",
    "Indikatorvärden",
    "En rad per publicerad uppgift: en indikator för en skolenhet eller hela kommunen, en period och en uppdelning. "
    "Ett värde som skulle kunna röja en enskild elev finns inte; då står ett tecken i kolumnen mark.",
    (
        Column("indicator_id", "VARCHAR", "Indikator", "Indikatorns kod, förklarad i tabellen indicator."),
        Column("indicator_version", "VARCHAR", "Version", "Den version av definitionen som värdet är räknat med."),
        Column("family", "VARCHAR", "Familj", "Indikatorer som publiceras och skyddas tillsammans."),
        Column("level", "VARCHAR", "Nivå", "unit = skolenhet, municipality = hela kommunen."),
        Column("entity_code", "VARCHAR", "Kod", "Skolenhetskod eller kommunkod."),
        Column("entity_name", "VARCHAR", "Namn", "Skolenhetens eller kommunens namn."),
        Column("breakdown", "VARCHAR", "Uppdelning", "all = alla, sex = kön, principal = huvudman, home = hemkommun."),
        Column("breakdown_value", "VARCHAR", "Grupp", "Vilken grupp inom uppdelningen."),
        Column("period", "VARCHAR", "Period", "Läsår (2024/25) eller månad (2026-03)."),
        Column("period_closed_on", "DATE", "Avslutad", "Dagen då perioden var avslutad och fick publiceras."),
        Column("value", "DOUBLE", "Värde", "Värdet med en decimal. Saknas när mark säger varför."),
        Column(
            "mark", "VARCHAR", "Tecken", ".. = för få elever, . = finns inte, ~100 och ~0 = nästan alla, nästan inga."
        ),
        Column("n", "BIGINT", "Antal", "Elever (svarande, lärare, skolenheter) bakom värdet. Saknas när det är litet."),
        Column("n_mark", "VARCHAR", "Tecken för antal", "Varför antalet saknas."),
        Column("is_uncertain", "BOOLEAN", "Osäker", "Om för lite är rapporterat för att värdet ska gå att lita på."),
        Column("policy_id", "VARCHAR", "Skyddsregler", "De regler för små tal som gällde."),
        Column("quality_percent", "INTEGER", "Kvalitetsnivå", "Källans lägsta kvalitetsnivå när värdet publicerades."),
        Column("released_at", "TIMESTAMPTZ", "Publicerad", "När värdet publicerades (UTC)."),
        Column("publication_id", "VARCHAR", "Publicering", "Den publicering som värdet kom med."),
        Column("run_id", "VARCHAR", "Körning", "Den körning som räknade fram värdet."),
    ),
    ("indicator_id", "period", "level", "entity_code", "breakdown", "breakdown_value"),
    """
    select c.*, coalesce(u.school_unit_name, m.name_sv, c.entity_code) as entity_name
    from certain_cell as c
    left join lakehouse.marts.dim_school_unit as u on c.level = 'unit' and u.school_unit_code = c.entity_code
    left join named_municipality as m
        on c.level = 'municipality' and m.municipality_code = c.entity_code
    where c.audience = $audience
    """,
)

INDICATOR = Table(
    "indicator",
    "Indikatorer",
    "En rad per indikator: vad den mäter, hur den räknas, vilka elever som ingår och hur den ska läsas.",
    (
        Column("indicator_id", "VARCHAR", "Indikator", "Indikatorns kod."),
        Column("indicator_version", "VARCHAR", "Version", "Definitionens version."),
        Column("name_sv", "VARCHAR", "Namn", "Indikatorns namn."),
        Column("question_sv", "VARCHAR", "Fråga", "Den fråga som indikatorn hjälper till att besvara."),
        Column("formula_sv", "VARCHAR", "Formel", "Hur värdet räknas."),
        Column("population_sv", "VARCHAR", "Vilka ingår", "Vilka elever (svarande, lärare, skolenheter) som räknas."),
        Column("read_sv", "VARCHAR", "Så läser du den", "Vad man behöver tänka på när man läser värdet."),
        Column("not_for_sv", "VARCHAR", "Använd den inte till", "Vad värdet inte kan säga något om."),
        Column("example_sv", "VARCHAR", "Exempel", "Ett uträknat exempel."),
        Column("owner", "VARCHAR", "Ansvarig", "Vem som svarar för definitionen."),
        Column("unit", "VARCHAR", "Enhet", "Enheten för value, till exempel procent eller meritpoäng."),
        Column("kind", "VARCHAR", "Slag", "mean = medelvärde, share och rate = andel elever, ratio = kvot av annat."),
        Column(
            "counts", "VARCHAR", "Räknar", "pupils = elever, respondents = svarande, teachers = lärare, units = enhet."
        ),
        Column("definition_id", "VARCHAR", "Definition", "Den definition som indikatorn är ett av måtten i."),
        Column("definition_sv", "VARCHAR", "Definitionens namn", "Vad definitionen heter."),
        Column("direction", "VARCHAR", "Riktning", "Om ett högre värde är bättre, sämre eller ingetdera."),
        Column("authority", "VARCHAR", "Definierad av", "Vem som har bestämt definitionen."),
        Column("source", "VARCHAR", "Källa", "De dataset som värdet bygger på."),
        Column("family", "VARCHAR", "Familj", "Indikatorer som publiceras och skyddas tillsammans."),
        Column("is_headline", "BOOLEAN", "Visas först", "Om indikatorn visas på startsidan."),
    ),
    ("indicator_id", "indicator_version"),
    """
    select r.*, r.version as indicator_version
    from lakehouse.reference.ref_indicator as r
    where r.indicator_id in (select indicator_id from published_cell where audience = $audience)
    """,
)

SCHOOL_UNIT = Table(
    "school_unit",
    "Skolenheter",
    "En rad per skolenhet.",
    (
        Column("school_unit_code", "VARCHAR", "Skolenhetskod", "Åtta siffror, med inledande nollor."),
        Column("school_unit_name", "VARCHAR", "Namn", "Skolenhetens namn."),
        Column("municipality_code", "VARCHAR", "Kommunkod", "Kommunen där skolenheten ligger."),
        Column("municipality_name", "VARCHAR", "Kommun", "Kommunens namn."),
        Column("principal_type", "VARCHAR", "Slag av huvudman", "Kommunal, enskild eller annan huvudman."),
        Column("start_date", "DATE", "Från", "När skolenheten startade, om det är känt."),
        Column("end_date", "DATE", "Till", "När skolenheten lades ned, om den är nedlagd."),
    ),
    ("school_unit_code",),
    "select u.* replace (coalesce(m.name_sv, u.municipality_name) as municipality_name)"
    " from lakehouse.marts.dim_school_unit as u left join named_municipality as m using (municipality_code)",
)

EXTERNAL_STATISTICS = Table(
    "external_statistics",
    "Skolverkets statistik",
    "En rad per skolenhet, läsår och mått ur Skolverkets statistik, med dess tecken. Enheter med uppgifter här saknas: "
    "Skolverket räknar elever med skyddade personuppgifter, och skillnaden kunde röja en sådan elev.",
    (
        Column("school_unit_code", "VARCHAR", "Skolenhetskod", "Åtta siffror, med inledande nollor."),
        Column("school_name", "VARCHAR", "Skola", "Skolenhetens namn hos Skolverket."),
        Column("municipality_code", "VARCHAR", "Kommunkod", "Kommunen där skolenheten ligger."),
        Column("school_year", "VARCHAR", "Läsår", "Läsåret som uppgiften gäller."),
        Column("measure_id", "VARCHAR", "Mått", "Skolverkets mått."),
        Column("unit", "VARCHAR", "Enhet", "percent = procent, points = poäng, number = antal."),
        Column("indicator_id", "VARCHAR", "Jämförbar indikator", "Den egna indikator som måttet motsvarar, om någon."),
        Column("value", "DOUBLE", "Värde", "Värdet. Saknas när mark säger varför."),
        Column("mark", "VARCHAR", "Tecken", "Skolverkets tecken i stället för ett värde."),
        Column("source_sv", "VARCHAR", "Källa", "Källan, som ska anges när uppgiften används."),
    ),
    ("school_unit_code", "school_year", "measure_id"),
    "from lakehouse.marts.fct_external_statistics anti join published_cell on school_unit_code = entity_code",
)

FRESHNESS = Table(
    "freshness",
    "Aktualitet",
    "En rad per dataset: när den senaste godkända leveransen kom och om den är försenad.",
    (
        Column("dataset", "VARCHAR", "Dataset", "Källsystem och dataset."),
        Column("label_sv", "VARCHAR", "Namn", "Datasetets namn."),
        Column("system_label_sv", "VARCHAR", "Källsystem", "Systemet som uppgifterna kommer från."),
        Column(
            "latest_delivery_at", "TIMESTAMPTZ", "Senaste leverans", "När den senaste godkända leveransen kom (UTC)."
        ),
        Column("age_days", "INTEGER", "Ålder i dagar", "Dagar sedan den senaste godkända leveransen."),
        Column("expected_every_days", "INTEGER", "Väntas var", "Så många dagar det brukar gå mellan leveranser."),
        Column("grace_days", "INTEGER", "Marginal i dagar", "Så mycket senare den får komma utan att vara försenad."),
        Column("status", "VARCHAR", "Läge", "aktuell, försenad eller saknas (inte ansluten ännu)."),
        Column("has_refused", "BOOLEAN", "Nekad leverans", "Om en leverans har nekats och inte ersatts av en godkänd."),
    ),
    ("dataset",),
)

FRESHNESS_PART = Table(
    "freshness_part",
    "Aktualitet per del",
    "En rad per dataset och del (oftast en skolenhet), för dataset där varje del levereras för sig.",
    (
        Column("dataset", "VARCHAR", "Dataset", "Källsystem och dataset."),
        Column("label_sv", "VARCHAR", "Namn", "Datasetets namn."),
        Column("part", "VARCHAR", "Del", "Delens beteckning i filnamnet, oftast skolenhetskoden."),
        Column("latest_delivery_at", "TIMESTAMPTZ", "Senaste leverans", "När delens senaste godkända fil kom (UTC)."),
        Column("age_days", "INTEGER", "Ålder i dagar", "Dagar sedan delens senaste godkända fil."),
        Column("status", "VARCHAR", "Läge", "aktuell, försenad eller saknas."),
        Column("has_refused", "BOOLEAN", "Nekad leverans", "Om delens fil har nekats och inte ersatts av en godkänd."),
    ),
    ("dataset", "part"),
    audiences=(MUNICIPALITY,),
)

SOURCE_CONTACT = Table(
    "source_contact",
    "Källornas svar",
    "En rad per dataset vars källa frågas över nätet: hur det gick senast. Källor som lämnar filer finns inte här.",
    (
        Column("dataset", "VARCHAR", "Dataset", "Källsystem och dataset."),
        Column("label_sv", "VARCHAR", "Namn", "Datasetets namn."),
        Column("asked_at", "TIMESTAMPTZ", "Tillfrågad", "När källan senast tillfrågades (UTC)."),
        Column("outcome", "VARCHAR", "Svar", "new, nothing_new, not_offered (erbjuds inte), unreachable eller failed."),
        Column("message_sv", "VARCHAR", "Svar i ord", "Vad som hände och vad som kan göras."),
        Column("confirmed_at", "TIMESTAMPTZ", "Bekräftad", "När källan senast svarade att inget nyare finns (UTC)."),
    ),
    ("dataset",),
    audiences=(MUNICIPALITY,),
)

QUALITY = Table(
    "quality",
    "Kvalitetsnivå",
    "En rad per dataset och kvalitetsdimension: andelen kontroller av rader som gick bra, avrundad nedåt.",
    (
        Column("layer", "VARCHAR", "Lager", "raw = som levererat, master = grunddata, marts = resultat."),
        Column("dataset", "VARCHAR", "Dataset", "Dataset eller tabell."),
        Column("label_sv", "VARCHAR", "Namn", "Datasetets namn."),
        Column("dimension", "VARCHAR", "Dimension", "riktighet, fullständighet, aktualitet eller unikhet."),
        Column("level_percent", "INTEGER", "Nivå", "0–100 procent."),
        Column("rules", "INTEGER", "Antal regler", "Antal regler bakom nivån."),
    ),
    ("layer", "dataset", "dimension"),
)

QUALITY_RULE = Table(
    "quality_rule",
    "Kvalitetsregler",
    "En rad per regel: hur det gick senast, sedan när, och vad man gör åt det.",
    (
        Column("layer", "VARCHAR", "Lager", "raw = som levererat, master = grunddata, marts = resultat."),
        Column("dataset", "VARCHAR", "Dataset", "Dataset eller tabell."),
        Column("label_sv", "VARCHAR", "Namn", "Datasetets namn."),
        Column("rule_id", "VARCHAR", "Regel", "Regelns kod."),
        Column("title_sv", "VARCHAR", "Regel i ord", "Vad regeln kräver."),
        Column("dimension", "VARCHAR", "Dimension", "riktighet, fullständighet, aktualitet eller unikhet."),
        Column("severity", "VARCHAR", "Följd", "block = stoppar, quarantine = raden ställs undan, warn = varning."),
        Column("passed", "BOOLEAN", "Godkänd", "Om regeln höll senast den prövades."),
        Column("checked", "BIGINT", "Prövade rader", "Antal rader som prövades."),
        Column("failed", "BIGINT", "Avvikande rader", "Antal rader som avvek."),
        Column("since", "TIMESTAMPTZ", "Sedan", "Sedan när resultatet har varit detsamma (UTC)."),
        Column("owner", "VARCHAR", "Ansvarig", "Vem som rättar."),
        Column("remedy_sv", "VARCHAR", "Så rättar du", "Vad man gör när regeln inte håller."),
    ),
    ("layer", "dataset", "rule_id"),
    audiences=(MUNICIPALITY,),
)

WORK_ITEM = Table(
    "work_item",
    "Att göra i källorna",
    "En rad per arbetslista, skäl, dataset och kolumn där något behöver rättas. Bara antal, aldrig innehåll.",
    (
        Column("list_code", "VARCHAR", "Lista", "Arbetslistans kod."),
        Column("label_sv", "VARCHAR", "Vad", "Vad det gäller."),
        Column("dataset", "VARCHAR", "Var", "Dataset, eller de två som säger olika. Saknas för identitetsvalvet."),
        Column("column_name", "VARCHAR", "Kolumn", "Kolumn eller uppgift. Saknas när det gäller hela rader."),
        Column("row_count", "BIGINT", "Antal", "Antal rader, personer eller par."),
        Column("remedy_sv", "VARCHAR", "Så rättar du", "Vad man gör."),
        Column("owner", "VARCHAR", "Ansvarig", "Vem som rättar."),
    ),
    ("list_code", "label_sv", "dataset", "column_name"),
    "select * from lakehouse.master.mst_work_item",
    audiences=(MUNICIPALITY,),
)

DELIVERY = Table(
    "delivery",
    "Leveranser",
    "Varje datasets senaste godkända leverans, de som nekats och inte ersatts, och de som hade undanställda rader.",
    (
        Column("load", "BIGINT", "Leverans", "Leveransens löpnummer."),
        Column("dataset", "VARCHAR", "Dataset", "Källsystem och dataset."),
        Column("label_sv", "VARCHAR", "Namn", "Datasetets namn."),
        Column("file", "VARCHAR", "Fil", "Filens namn."),
        Column("received_at", "TIMESTAMPTZ", "Mottagen", "När filen kom (UTC)."),
        Column("status", "VARCHAR", "Läge", "accepted = intagen, refused = nekad, landed = väntar."),
        Column("reason_sv", "VARCHAR", "Orsak", "Varför leveransen nekades."),
        Column("remedy_sv", "VARCHAR", "Åtgärd", "Vad man gör åt det."),
        Column("rows_read", "BIGINT", "Lästa rader", "Antal rader i filen."),
        Column("rows_quarantined", "BIGINT", "Undanställda rader", "Rader som inte kunde användas."),
    ),
    ("load",),
    audiences=(MUNICIPALITY,),
)

PUBLICATION = Table(
    "publication",
    "Publicering",
    "En enda rad: vilken publicering detta är.",
    (
        Column("publication_id", "VARCHAR", "Publicering", "Publiceringens nummer och datum."),
        Column("audience", "VARCHAR", "Läsare", "Vem publiceringen är till för."),
        Column("run_id", "VARCHAR", "Körning", "Körningen som gjorde publiceringen."),
        Column("published_at", "TIMESTAMPTZ", "Publicerad", "När den gjordes (UTC)."),
        Column(
            "cycle", "VARCHAR", "Publiceringsmånad", "Ändringar i redan publicerade värden väntar till nästa månad."
        ),
        Column("code_version", "VARCHAR", "Programversion", "Version av programmet."),
    ),
    ("publication_id",),
)

SUPPRESSION_POLICY = Table(
    "suppression_policy",
    "Regler för små tal",
    "En rad per datum då reglerna för små tal började gälla för denna läsargrupp.",
    (
        Column("valid_from", "DATE", "Gäller från", "Första dagen som raden gäller."),
        Column("k_min", "INTEGER", "Minsta antal", "Uppgifter om färre elever än så visas inte."),
        Column(
            "k_comp", "INTEGER", "Minsta motsatta antal", "Är färre än så utanför (eller innanför) visas inte andelen."
        ),
        Column("k_mean", "INTEGER", "Minsta antal för medelvärden", "Medelvärden för färre elever än så visas inte."),
        Column(
            "n_family", "INTEGER", "Minsta antal för familj", "Under detta antal döljs hela familjen av indikatorer."
        ),
    ),
    ("valid_from",),
    "select * from lakehouse.reference.ref_suppression_policy where audience = $audience",
)

TABLE_DESCRIPTION = Table(
    "table_description",
    "Tabellbeskrivning",
    "En rad per tabell i publiceringen.",
    (
        Column("table_name", "VARCHAR", "Tabell", "Tabellens namn."),
        Column("label_sv", "VARCHAR", "Namn", "Tabellens svenska namn."),
        Column("description_sv", "VARCHAR", "Beskrivning", "Vad en rad betyder."),
    ),
    ("table_name",),
)

COLUMN_DESCRIPTION = Table(
    "column_description",
    "Kolumnbeskrivning",
    "En rad per kolumn i publiceringens tabeller.",
    (
        Column("table_name", "VARCHAR", "Tabell", "Tabellens namn."),
        Column("column_name", "VARCHAR", "Kolumn", "Kolumnens namn."),
        Column("position", "INTEGER", "Ordning", "Kolumnens plats i tabellen."),
        Column("data_type", "VARCHAR", "Typ", "Datatyp i DuckDB."),
        Column("label_sv", "VARCHAR", "Namn", "Kolumnens svenska namn."),
        Column("description_sv", "VARCHAR", "Beskrivning", "Vad kolumnen innehåller."),
    ),
    ("table_name", "position"),
)

TABLES = (
    INDICATOR_VALUE,
    SEX_GAP,
    INDICATOR,
    SCHOOL_UNIT,
    EXTERNAL_STATISTICS,
    OFFICIAL_COMPARISON,
    FRESHNESS,
    FRESHNESS_PART,
    SOURCE_CONTACT,
    QUALITY,
    QUALITY_RULE,
    WORK_ITEM,
    DELIVERY,
    PUBLICATION,
    SUPPRESSION_POLICY,
    TABLE_DESCRIPTION,
    COLUMN_DESCRIPTION,
)


def tables_for(audience: str) -> tuple[Table, ...]:
    """The tables that an audience gets, in the order in which pages show them."""
    return tuple(table for table in TABLES if audience in table.audiences)
