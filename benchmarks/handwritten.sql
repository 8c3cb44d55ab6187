-- The marts, by hand, from the temporary tables that handwritten.py has read. The rules are those of Skolverket and the
-- municipality, written in with their figures. A pupil without a usable identity number and a pupil with protected
-- personal data are left out.

-- 1. Who is who -----------------------------------------------------------------------------------------------------

create temp macro bare(number) as replace(replace(trim(number), '-', ''), ' ', '');

-- the sum of the digits of every other digit doubled
create temp macro luhn(nine) as list_sum(list_transform(
    range(1, 10),
    lambda i: case
        when i % 2 = 0 then nine[i]::int
        when nine[i]::int > 4 then 2 * nine[i]::int - 9
        else 2 * nine[i]::int
    end
));

create temp table identities as
with numbers as (
    select number from final_grades union select number from year6_grades union select number from national_tests
    union select number from lessons union select r.civicNo.value from persons
),

full_length as (
    select
        number,
        case
            when length(bare(number)) = 12 then bare(number)
            when bare(number)[:2] <= '26' then '20' || bare(number)
            else '19' || bare(number)
        end as person
    from numbers
    where regexp_full_match(bare(number), '\d{10}|\d{12}')
)

select number, person
from full_length
where
    (luhn(person[3:11]) + person[12]::int) % 10 = 0
    and try_cast(person[:4] || '-' || person[5:6] || '-' || lpad((person[7:8]::int % 60)::varchar, 2, '0') as date)
    is not null
    and person not in ('191212121212', '200001010107', '190001019802');

create temp table register as
select
    r.id as person_id,
    coalesce(identities.person, r.id) as person,
    case lower(r.sex) when 'kvinna' then 'K' when 'man' then 'M' end as sex,
    year(try_cast(r.birthDate as date)) as birth_year,
    r.securityMarking as marking
from persons
left join identities on r.civicNo.value = identities.number;

create temp table protected as
with marks as (
    select person_id, marking from register
    union all
    select r.person.id, r.person.securityMarking from duties
    union all
    select m.person.id, m.person.securityMarking from (select unnest(r.groupMemberships) as m from groups)
    union all
    select p.person.id, p.person.securityMarking from (select unnest(r.responsibles) as p from persons)
)

select distinct register.person
from marks
inner join register on marks.person_id = register.person_id
where lower(trim(coalesce(marks.marking, ''))) not in ('', 'ingen', 'nej', 'n', '0');

-- one row per number as written that may be shown
create temp table pupil as
select identities.number, identities.person, coalesce(register.sex, if(person[11]::int % 2 = 1, 'M', 'K')) as sex
from identities
left join (select person, max(sex) as sex from register group by person) as register using (person)
where person not in (from protected);

create temp table enrolment as
select register.person, e.enroledAt.id as organisation_id, e.schoolType as form, e.schoolYear as grade_year,
    try_cast(e.startDate as date) as first_day, coalesce(try_cast(e.endDate as date), date '9999-12-31') as last_day
from (select r.id as person_id, unnest(r.enrolments) as e from persons)
inner join register using (person_id)
where person not in (from protected);

-- pupils of anpassad grundskola when the grades of a spring are set: they are in no result of grundskolan
create temp table adapted as
select distinct person, spring_year
from enrolment cross join (select spring_year::int as spring_year from range(2000, 2100) as years (spring_year))
where form in ('GRS', 'GRAN', 'GSÄR') and make_date(spring_year, 6, 10) between first_day and last_day;

create table dim_school_unit as
select r.schoolUnitCode as unit, any_value(r.displayName) as name, any_value(r.municipalityCode) as municipality
from organisations
where r.organisationType = 'Skolenhet'
group by all;

create temp table unit_place as
with own as (select municipality from dim_school_unit group by all order by count(*) desc, municipality limit 1)

select unit, coalesce(dim_school_unit.municipality, own.municipality) as municipality
from (select unit from dim_school_unit union select unit from final_grades union select unit from year6_grades)
left join dim_school_unit using (unit) cross join own;

create table dim_pupil as
select person, any_value(sex) as sex, any_value(birth_year) as birth_year,
    arg_max(form, first_day) as form, arg_max(grade_year, first_day) as grade_year,
    arg_max(organisation_id, first_day) as organisation_id
from register inner join enrolment using (person)
group by person;

-- 2. Grades and what they add up to -----------------------------------------------------------------------------------

create temp macro clean_grade(cell) as case
    when upper(trim(cell)) in ('9', '–', '—', '−', 'STRECK') then '-'
    else upper(trim(cell))
end;

create temp macro grade_points(grade) as
    map {'A': 20, 'B': 17.5, 'C': 15, 'D': 12.5, 'E': 10, 'F': 0, '-': 0}[grade]::double;

create temp table final_grade_rows as
select final_grades.*, person, sex, regexp_extract(file, '_(\d{4})_', 1)::int as spring_year
from final_grades inner join pupil using (number)
qualify row_number() over (partition by unit, spring_year, person order by file_no desc, final_grades.rowid desc) = 1;

create temp table year6_grade_rows as
select year6_grades.*, person, sex, regexp_extract(file, '_(\d{4})_', 1)::int as spring_year
from year6_grades inner join pupil using (number)
qualify row_number() over (partition by unit, spring_year, person order by file_no desc, year6_grades.rowid desc) = 1;

create table fct_grade as
with long as (
    select 'final_grade' as occasion, person, sex, unit, spring_year, file_no, m1_language, m2_language, ml_language,
        upper(subject) as subject, clean_grade(cell) as grade
    from (unpivot final_grade_rows on
        bl, en, hkk, idh, ma, m1, m2, ml, mu, bi, fy, ke, ge, hi, re, sh, sl, sv, sva, tn, tk, ovr
        into name subject value cell)
    union all
    select 'year6_spring', person, sex, unit, spring_year, file_no, m1_language, m2_language, ml_language,
        upper(subject), clean_grade(cell)
    from (unpivot year6_grade_rows on
        bl, en, hkk, idh, ma, m1, m2, ml, mu, no, bi, fy, ke, so, ge, hi, re, sh, sl, sv, sva, tn, tk, ovr
        into name subject value cell)
),

valued as (
    select *, grade_points(grade) as points,
        subject in ('SV', 'SVA') and points is not null
        and count(*) filter (where subject in ('SV', 'SVA') and grade_points(grade) is not null)
            over (partition by occasion, person, unit, spring_year) > 1 as is_conflict
    from long
    where grade <> ''
)

select * exclude (points, is_conflict, m1_language, m2_language, ml_language),
    case subject when 'M1' then m1_language when 'M2' then m2_language when 'ML' then ml_language end as language,
    if(is_conflict, null, points) as points,
    points is not null and not is_conflict as counts,
    coalesce(points > 0, false) and not is_conflict as passed,
    grade = '3' as is_adapted,
    is_conflict
from valued;

create table fct_leaving as
with candidates as (
    select person, any_value(sex) as sex, unit, spring_year, max(file_no) as file_no,
        count(*) filter (where counts) as subjects,
        count(*) filter (where passed) as passed_subjects,
        count(*) filter (where is_adapted) as adapted_subjects,
        count(*) filter (where passed and subject in ('SV', 'SVA')) > 0 as sv,
        count(*) filter (where passed and subject = 'EN') > 0 as en,
        count(*) filter (where passed and subject = 'MA') > 0 as ma,
        count(*) filter (where passed and subject in ('GE', 'HI', 'RE', 'SH')) = 4 as social_studies,
        count(*) filter (where passed and subject in ('BI', 'FY', 'KE')) = 3 as science,
        list_sort(list(points) filter (where counts), 'desc') as points,
        list_sort(list(points) filter (where counts and subject <> 'M2'), 'desc') as points_but_m2,
        max(points) filter (where counts and subject = 'M2') as points_m2
    from fct_grade
    where occasion = 'final_grade'
    group by person, unit, spring_year
    having count(*) filter (where counts or is_conflict) > 0
)

select person, sex, unit, spring_year, subjects, passed_subjects,
    coalesce(list_sum(points[:16]), 0) as merit_16,
    coalesce(list_sum(points_but_m2[:16]), 0) + coalesce(points_m2, 0) as merit_17,
    subjects > 0 and passed_subjects = subjects as passed_all,
    sv and en and ma as core,
    core and passed_subjects >= 8 as yp,
    core and passed_subjects >= 12 as es,
    core and social_studies and passed_subjects >= 12 as ekhusa,
    core and science and passed_subjects >= 12 as nate,
    sv and (en or ma) and passed_subjects >= 6 and not yp as imv
from candidates
where (person, spring_year) not in (from adapted)
qualify row_number() over (partition by person, spring_year order by subjects desc, file_no desc, unit) = 1;

create table fct_national_test as
with long as (
    from (unpivot national_tests on
        ma_a, ma_b, ma_c, ma_d, ma_total, sv_a, sv_b, sv_c, sv_total, en_a, en_b, en_c, en_total,
        no_a, no_b, no_total, so_a, so_b, so_total
        into name part value result)
),

all_years as (
    select 9 as grade_year, number, unit, file, sv_syllabus, no_subject, so_subject, part, result from long
    union all by name
    select 6 as grade_year, number, unit, file, sv_syllabus, part, result
    from (unpivot year6_tests on
        ma_a, ma_b, ma_c, ma_d, ma_e, ma_total, sv_a, sv_b, sv_c, sv_total, en_a, en_b, en_c, en_total
        into name part value result)
    union all by name
    select 3 as grade_year, number, unit, file, sv_syllabus, part, result
    from (unpivot year3_tests on
        ma_a, ma_b, ma_c, ma_d, ma_e, ma_f, ma_g, ma_g1, ma_g2, sv_a, sv_b, sv_c, sv_d, sv_e, sv_f, sv_g, sv_h
        into name part value result)
)

select person, sex, unit, grade_year, regexp_extract(file, '_(\d{4})_', 1)::int as spring_year,
    case part[:2] when 'no' then no_subject when 'so' then so_subject
        when 'sv' then if(sv_syllabus = '2', 'SVA', 'SV') else upper(part[:2]) end as subject,
    part[4:] as part,
    if(result in ('99', '88', '77'), null, upper(trim(result))) as result,
    case result when '99' then 'not_taken' when '88' then 'lost' when '77' then 'replacement_on_paper' end as missing
from all_years inner join pupil using (number)
where trim(result) <> '';

create table fct_test_vs_grade as
select t.person, t.spring_year, t.grade_year, t.subject, g.unit, t.result as test_grade, g.grade,
    (g.points - grade_points(t.result)) / 2.5 as steps
from fct_national_test as t
inner join fct_grade as g using (person, spring_year, subject, unit)
where t.part = 'total' and grade_points(t.result) is not null and g.grade <> '-' and g.points is not null
    and g.occasion = case t.grade_year when 9 then 'final_grade' else 'year6_spring' end
    and (t.person, t.spring_year) not in (from adapted);

create table fct_assessment as
select person, unit, subject, regexp_extract(file, '_(\d{4})_', 1)::int as assessment_year, class_label, grade_year,
    case level when 'Riskerar att inte nå' then 'below' when 'Insats krävs' then 'below'
        when 'Godtagbara kunskaper' then 'acceptable' when 'Mer än godtagbara kunskaper' then 'above'
        when 'Ej bedömt' then 'not_assessed' end as level
from assessments inner join pupil using (number)
qualify row_number() over (partition by person, unit, subject, assessment_year order by file_no desc) = 1;

create table fct_survey_answer as
select kind, regexp_extract(file, '_(\d{4})', 1)::int as survey_year, unit, respondent, question, grade_year, area,
    answer, invited, map {'Stämmer helt och hållet': 10, 'Stämmer ganska bra': 6.67, 'Stämmer ganska dåligt': 3.33,
        'Stämmer inte alls': 0}[trim(answer)]::double as value
from (
    select 'pupil' as kind, * from pupil_survey
    union all by name
    select 'guardian' as kind, * from guardian_survey
)
qualify row_number() over (partition by kind, survey_year, unit, respondent, question order by file_no desc) = 1;

create table fct_staff_service as
with posts as (
    select distinct Personnummer as number, Skolenhetskod as unit, Befattning as post, "Ämne" as subject,
        try_cast(Sysselsättningsgrad as double) / 100 as share,
        try_cast(Från as date) as first_day, coalesce(try_cast(Till as date), date '9999-12-31') as last_day,
        upper(Legitimation) = 'JA' as has_licence, "Behörig" as qualified
    from staff
)

select person, unit, post, subject, share / count(*) over (partition by person, unit, post) as fte, has_licence,
    qualified
from posts inner join pupil using (number)
where date '2025-10-15' between first_day and last_day;

create table fct_enrolment_snapshot as
select person, organisation_id, form, grade_year
from enrolment
where date '2025-10-15' between first_day and last_day and form <> 'FTH'
qualify row_number() over (partition by person order by if(form = 'GRS', 0, 1), first_day desc) = 1;

create table fct_external_statistics as
with long as (
    from (unpivot statistics on pupils, all_subjects_share, vocational_eligible_share, average_merit_value
        into name measure value cell)
)

select unit, regexp_extract(file, '\d{4}-\d{2}') as school_year, school_name, municipality_code, principal_type,
    measure, cell, try_cast(replace(replace(cell, ' ', ''), ',', '.') as double) as value
from long
where unit <> '';

-- 3. Attendance -------------------------------------------------------------------------------------------------------

-- the latest file that has a unit's day replaces that day; a lesson registered twice counts as it was last written
create temp view current_lessons as
with latest as (select unit, lesson_date, max(file_no) as file_no from lessons group by all)

select person, sex, lessons.* exclude (number, file_no, file), lessons.rowid as row_no
from lessons
inner join latest using (unit, lesson_date, file_no)
inner join pupil using (number)
where lesson_id <> '' and scheduled is not null;

create temp table registered_twice as
select unit, person, lesson_id, max(row_no) as last_row
from current_lessons
group by unit, person, lesson_id
having count(*) > 1;

create table fct_attendance_lesson as
select current_lessons.* exclude (row_no)
from current_lessons
left join registered_twice using (unit, person, lesson_id)
where last_row is null or row_no = last_row;

create table fct_attendance_month as
select person, any_value(sex) as sex, unit, date_trunc('month', lesson_date)::date as month,
    count(*) filter (where scheduled > 0) as lessons,
    coalesce(sum(scheduled) filter (where scheduled > 0), 0) as scheduled,
    coalesce(sum(scheduled) filter (where scheduled > 0 and recorded = 'J'), 0) as reported,
    coalesce(sum(present) filter (where scheduled > 0 and recorded = 'J'), 0) as present,
    coalesce(sum(valid) filter (where scheduled > 0 and recorded = 'J'), 0) as valid,
    coalesce(sum(invalid) filter (where scheduled > 0 and recorded = 'J'), 0) as invalid
from fct_attendance_lesson
group by person, unit, month;

-- 4. Indicators per unit, municipality and sex ------------------------------------------------------------------------

create temp macro school_year(spring) as (spring - 1) || '/' || (spring % 100);

create temp table leaving_cells as
select if(unit is null, municipality, unit) as entity_code, coalesce(sex, 'all') as breakdown_value, spring_year,
    count(*) as n,
    avg(merit_17) filter (where merit_17 > 0) as merit_17,
    avg(merit_16) filter (where merit_17 > 0) as merit_16,
    count(*) filter (where merit_17 > 0) as n_merit,
    count(*) filter (where passed_all) as passed_all,
    count(*) filter (where yp) as yp,
    count(*) filter (where es) as es,
    count(*) filter (where ekhusa) as ekhusa,
    count(*) filter (where nate) as nate
from fct_leaving inner join unit_place using (unit)
group by grouping sets (
    (unit, spring_year), (unit, sex, spring_year), (municipality, spring_year), (municipality, sex, spring_year)
);

create temp table year6_cells as
with pupils as (
    from fct_grade inner join unit_place using (unit)
    where occasion = 'year6_spring' and counts and subject in ('SV', 'EN', 'MA')
        and (person, spring_year) not in (from adapted)
    qualify row_number() over (partition by person, spring_year, subject order by file_no desc, unit) = 1
)

select if(unit is null, municipality, unit) as entity_code, coalesce(sex, 'all') as breakdown_value, spring_year,
    subject, count(*) as n, count(*) filter (where passed) as passed
from pupils
group by grouping sets (
    (unit, subject, spring_year), (unit, sex, subject, spring_year),
    (municipality, subject, spring_year), (municipality, sex, subject, spring_year)
);

create temp table attendance_cells as
select if(unit is null, municipality, unit) as entity_code, coalesce(sex, 'all') as breakdown_value, month,
    count(distinct person) as pupils,
    count(distinct if(reported > 0, person, null)) as pupils_reported,
    sum(scheduled) as scheduled, sum(reported) as reported, sum(present) as present, sum(valid + invalid) as absent
from fct_attendance_month inner join unit_place using (unit)
where scheduled > 0
group by grouping sets ((unit, month), (unit, sex, month), (municipality, month), (municipality, sex, month));

create temp table relation_cells as
select if(t.unit is null, municipality, t.unit) as entity_code, coalesce(sex, 'all') as breakdown_value, spring_year,
    subject, count(*) as n, count(*) filter (where steps > 0) as higher, count(*) filter (where steps = 0) as equal,
    count(*) filter (where steps < 0) as lower, avg(steps) as steps
from fct_test_vs_grade as t inner join (select distinct person, sex from pupil) using (person)
inner join unit_place using (unit)
where grade_year = 9 and subject in ('SV', 'EN', 'MA')
group by grouping sets (
    (t.unit, subject, spring_year), (t.unit, sex, subject, spring_year),
    (municipality, subject, spring_year), (municipality, sex, subject, spring_year)
);

create temp table respondent as
select kind, survey_year, unit, municipality, respondent, grade_year, area, any_value(invited::int) as invited,
    case when kind = 'guardian' then 'GUARDIAN' when grade_year::int = 5 then 'Y5' when grade_year::int = 8 then 'Y8'
        when grade_year::int = 11 then 'GY2' end as asked,
    count(*) filter (where value is not null or answer = 'Vet ej') as answered,
    count(*) filter (where value > 5) as positive,
    if(2 * count(value) >= count(*), avg(value), null) as index_value
from fct_survey_answer inner join unit_place using (unit)
group by all;

create temp table survey_cells as
select coalesce(unit, municipality) as entity_code, survey_year, asked || '.' || upper(replace(area[:4], 'ö', 'o'))
    as topic, count(index_value) as n_index, avg(index_value) as index_value,
    count(*) filter (where answered > 0) as n, sum(positive) / sum(answered) as positive
from respondent
where asked is not null
group by grouping sets ((unit, survey_year, topic), (municipality, survey_year, topic));

create temp table response_cells as
with units as (
    select unit, municipality, survey_year, asked, grade_year, any_value(invited) as invited,
        count(distinct respondent) as respondents
    from respondent where asked is not null group by all
)

select coalesce(unit, municipality) as entity_code, survey_year, asked, sum(respondents)::bigint as n,
    sum(invited) as invited
from units
group by grouping sets ((unit, survey_year, asked), (municipality, survey_year, asked));

create table indicator_value as
with leaving as (
    select entity_code, breakdown_value, school_year(spring_year) as period, n, unnest([
        {'id': 'IND-02', 'value': merit_17, 'n': n_merit, 'counted': null},
        {'id': 'IND-02-16', 'value': merit_16, 'n': n_merit, 'counted': null},
        {'id': 'IND-03', 'value': passed_all / n, 'n': n, 'counted': passed_all},
        {'id': 'IND-04.YP', 'value': yp / n, 'n': n, 'counted': yp},
        {'id': 'IND-04.ES', 'value': es / n, 'n': n, 'counted': es},
        {'id': 'IND-04.EKHUSA', 'value': ekhusa / n, 'n': n, 'counted': ekhusa},
        {'id': 'IND-04.NATE', 'value': nate / n, 'n': n, 'counted': nate}
    ]) as i
    from leaving_cells
),

attendance as (
    select entity_code, breakdown_value, (month::varchar)[:7] as period, unnest([
        {'id': 'IND-07.ABSENCE', 'value': absent / reported, 'n': pupils_reported},
        {'id': 'IND-07.PRESENCE', 'value': present / reported, 'n': pupils_reported},
        {'id': 'IND-07.COVERAGE', 'value': reported / scheduled, 'n': pupils}
    ]) as i
    from attendance_cells
)

select i.id as indicator_id, entity_code, breakdown_value, period, i.value, i.n as n_denominator,
    i.counted as n_numerator
from leaving
union all
select 'IND-14.' || subject, entity_code, breakdown_value, school_year(spring_year), passed / n, n, passed
from year6_cells
union all
select i.id, entity_code, breakdown_value, period, i.value, i.n, null
from attendance
union all
select 'IND-05.' || subject || '.' || i.id, entity_code, breakdown_value, school_year(spring_year), i.value, n,
    i.counted
from (
    select *, unnest([
        {'id': 'HIGHER', 'value': higher / n, 'counted': higher}, {'id': 'EQUAL', 'value': equal / n, 'counted': equal},
        {'id': 'LOWER', 'value': lower / n, 'counted': lower},
        {'id': 'NET', 'value': (higher - lower) / n, 'counted': null},
        {'id': 'STEPS', 'value': steps, 'counted': null}
    ]) as i
    from relation_cells
)
union all
select 'IND-08.' || t.topic || '.' || i.id, entity_code, 'all', school_year(survey_year), i.value, i.n, null
from (
    select entity_code, survey_year,
        split_part(topic, '.', 1) || '.' || map {'TRYG': 'TRYGGHET', 'STUD': 'STUDIERO', 'STIM': 'STIMULANS',
            'STOD': 'STOD', 'DELA': 'DELAKTIGHET'}[split_part(topic, '.', 2)] as topic,
        unnest([{'id': 'INDEX', 'value': index_value, 'n': n_index}, {'id': 'POSITIVE', 'value': positive, 'n': n}])
            as i
    from survey_cells
) as t
union all
select 'IND-08.' || asked || '.RESPONSE', entity_code, 'all', school_year(survey_year), n / invited, n, null
from response_cells;
