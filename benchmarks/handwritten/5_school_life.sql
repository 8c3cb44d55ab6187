-- Surveys, self-assessments, teachers, special support and pupils' background: fct_survey_answer, fct_self_assessment,
-- fct_staff_service, fct_support_span, fct_unit_background, fct_socioeconomic_index and fct_mobility.

-- a published cell is a number or a mark
create temp macro number_of(cell) as
    try_cast(replace(replace(replace(cell, ' ', ''), chr(160), ''), ',', '.') as double);
create temp macro mark_of(cell) as if(number_of(cell) is null, nullif(trim(cell), ''), null);

create table fct_survey_answer as
select kind, spring_of(file) as survey_year, unit, respondent, question, grade_year::int as grade_year, area, answer,
    invited::int as invited, map {'Stämmer helt och hållet': 10, 'Stämmer ganska bra': 6.67,
        'Stämmer ganska dåligt': 3.33, 'Stämmer inte alls': 0}[trim(answer)]::double as value,
    value is not null or answer = 'Vet ej' as is_answered, coalesce(value > 5, false) as is_positive
from (
    select 'pupil' as kind, * from pupil_survey
    union all by name
    select 'guardian' as kind, * from guardian_survey
)
qualify row_number() over (partition by kind, survey_year, unit, respondent, question order by file_no desc) = 1;

-- The latest file of a round replaces it, and in it the last line of an item counts. In LIKA a unit answers as one,
-- 1–4; in SELFIE a group has its average, 1–5. The later round of a school year takes the place of the earlier one.
create table fct_self_assessment as
with lines as (
    select 'LIKA' as tool, file, file_no, rowid as line, unit_of(unit) as unit, 'Skolenheten' as respondents,
        lower(trim(area)) as area_name, item, number_of(score) as score, if(number_of(score) is null, 0, 1) as answers
    from lika
    union all
    select 'SELFIE', file, file_no, rowid, unit_of(unit), trim(respondents), lower(trim(area)), item,
        number_of(average), try_cast(trim(answers) as int)
    from selfie
),

rounds as (
    select *, spring_of(file) as round_year, upper(regexp_extract(file, '_(vt|ht)', 1)) as term,
        school_year(round_year + if(term = 'HT', 1, 0)) as school_year
    from lines
    qualify file_no = max(file_no) over (partition by tool, round_year, term)
)

select tool, school_year, round_year, term, unit, respondents, map {'skolenheten': 'UNIT', 'skolledare': 'LEADERS',
        'lärare': 'TEACHERS', 'elever': 'PUPILS'}[lower(respondents)] as respondent_group,
    if(tool = 'LIKA', map {'ledning': 'LEDNING', 'infrastruktur': 'INFRASTRUKTUR', 'kompetens': 'KOMPETENS',
        'användning': 'ANVANDNING'}[area_name], if(area_name in ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
        upper(area_name), null)) as area,
    upper(trim(item)) as item, answers, score,
    coalesce(area is not null and respondent_group is not null and answers > 0
        and score between 1 and if(tool = 'LIKA', 4, 5), false) as is_counted,
    coalesce(round_year = max(if(answers > 0, round_year, null)) over (
        partition by tool, unit, lower(respondents), school_year
    ), false) as is_latest_round
from rounds
qualify row_number() over (
    partition by tool, round_year, term, unit, respondents, item order by line desc
) = 1;

-- the extract repeats the share of full time for each subject of a post; here it is split over them
create table fct_staff_service as
with posts as (
    select coalesce(identities.person, Anställningsnummer) as person,
        nullif(unit_of(Skolenhetskod), '00000000') as unit, Befattning as post,
        coalesce(nullif(upper(trim("Ämne")), ''), '-') as subject,
        try_cast(replace(Sysselsättningsgrad, ',', '.') as double) / 100 as share,
        try_cast(Från as date) as first_day, coalesce(try_cast(Till as date), date '9999-12-31') as last_day,
        upper(Legitimation) as licence, upper("Behörig") in ('JA', 'J') as is_qualified
    from staff left join identities on staff.Personnummer = identities.number
    where Befattning <> ''
    qualify row_number() over (partition by person, unit, post, subject order by staff.rowid desc) = 1
),

-- most of the unit's pupils that day; förskoleklass goes with grundskola
forms as (
    select unit, arg_max(form, (pupils, form)) as form
    from (
        select unit, if(form = 'FKLASS', 'GR', form) as form, count(*) as pupils
        from fct_enrolment_snapshot
        where is_counted
        group by all
    )
    group by unit
)

select person, unit, form, post, subject, getvariable('count_day') as snapshot_date,
    share / count(*) over (partition by person, unit, post) as fte, post = 'Lärare' as is_teacher,
    licence = 'UNDANTAG' as is_exempt, licence = 'JA' as has_licence,
    has_licence and is_qualified as is_qualified_in_subject,
    bool_or(has_licence and is_qualified) over (partition by person, form) as is_qualified_in_any_subject
from posts left join forms using (unit)
where getvariable('count_day') between first_day and last_day and person not in (from protected);

create table fct_support_span as
with decisions as (
    select person, unit, case lower(trim(support_type))
        when 'åtgärdsprogram' then 'action_programme' when 'anpassad studiegång' then 'adapted_study_course'
        when 'särskild undervisningsgrupp' then 'special_teaching_group'
        when 'enskild undervisning' then 'individual_teaching' when 'annat särskilt stöd' then 'other_support'
        end as support, trim(support_type) as written, first_day, last_day, decided_on
    from support inner join pupil using (number)
    where first_day is not null and decided_on is not null
    qualify row_number() over (partition by person, unit, written, first_day order by support.rowid desc) = 1
)

select person, unit, support, first_day, if(bool_or(last_day is null), null, max(last_day)) as last_day,
    min(decided_on) as decided_on, support is not null as needs_action_programme
from decisions
group by person, unit, support, first_day;

create table fct_unit_background as
select unit_of(unit) as unit, school_year(spring_of(file)) as school_year, number_of(pupils)::int as pupils,
    number_of(parents_education) as parents_education, number_of(share_boys) as share_boys,
    number_of(share_newly_arrived) as share_newly_arrived, number_of(share_known) as share_known,
    coalesce(mark_of(parents_education), mark_of(share_boys), mark_of(share_newly_arrived), mark_of(share_known))
        as mark
from unit_factors
where regexp_full_match(trim(unit), '\d{1,8}');

-- the index of a budget year is that of the pupils of the autumn before
create table fct_socioeconomic_index as
select unit_of(unit) as unit, school_year(spring_of(file)) as school_year, spring_of(file) as budget_year,
    make_date(spring_of(file) - 1, 10, 15) as counted_on, number_of(pupils)::int as pupils,
    number_of(risk_index) as socioeconomic_index, mark_of(risk_index) as mark
from risk_indices
where regexp_full_match(trim(unit), '\d{1,8}');

-- A move is to begin or end at a unit, or both on one day; a short break at the same unit is none. It counts after 15
-- October and at least thirty days before 30 June of this school year.
create table fct_mobility as
with spans as (from enrolment where is_main),

departures as (
    select distinct person, last_day + 1 as moved_on, unit from spans as s
    where last_day < date '9999-12-31' and not exists (
        from spans as a where s.person = a.person and s.unit = a.unit and a.first_day > s.first_day
            and a.first_day <= s.last_day + 15
    )
),

arrivals as (
    select distinct person, first_day as moved_on, unit from spans as s
    where not exists (
        from spans as b where s.person = b.person and s.unit = b.unit and b.first_day < s.first_day
            and b.last_day >= s.first_day - 15
    )
)

select person, moved_on, departures.unit as from_unit, arrivals.unit as to_unit,
    moved_on > getvariable('count_day')
    and moved_on <= make_date(year(getvariable('count_day')) + 1, 5, 31) as is_counted
from departures full outer join arrivals using (person, moved_on);
