-- Who is who, who may be shown, and where pupils go to school. Makes dim_school_year, dim_term, dim_date, dim_subject,
-- dim_school_unit, dim_group, dim_pupil, fct_enrolment_span and fct_enrolment_snapshot, and the temporary tables that every other file reads: pupil (a number as
-- written, and whose it is), people, enrolment and unit_place. Rows whose number leaves doubt about whose they are, and
-- persons with protected personal data, are left out of all that follows.

create temp macro bare(number) as replace(replace(trim(number), '-', ''), ' ', '');
create temp macro spring_of(file) as regexp_extract(file, '_(\d{4})', 1)::int;
create temp macro school_year(spring) as (spring - 1) || '/' || lpad((spring % 100)::varchar, 2, '0');
-- Excel takes away leading zeros
create temp macro unit_of(cell) as lpad(regexp_replace(trim(cell), '\.0$', ''), 8, '0');
create temp macro class_of(label) as nullif(ltrim(upper(replace(split_part(label, '(', 1), ' ', '')), '0'), '');

-- the day of the newest extract, and the day of the school year on which Skolverket counts
set variable today = (select regexp_extract(any_value(file), '\d{4}-\d{2}-\d{2}')::date from support);
set variable count_day = (
    select max(make_date(y::int, 10, 15)) from range(2010, 2040) as years (y)
    where make_date(y::int, 10, 15) <= getvariable('today')
);

-- 1. Numbers and persons ----------------------------------------------------------------------------------------------

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
with numbers as materialized (
    select number from final_grades union select number from year6_grades union select number from national_tests
    union select number from year6_tests union select number from year3_tests union select number from lessons
    union select number from assessments union select number from support union select number from course_grades
    union select number from certificates union select Personnummer from staff union select r.civicNo.value from persons
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
    try_cast(r.birthDate as date) as birth_date,
    lpad(r.addresses[1].municipalityCode::varchar, 4, '0') as home_municipality,
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
),

named as (
    select register.person, marks.marking from marks inner join register using (person_id)
    union all
    select coalesce(identities.person, Anställningsnummer), "Skyddade personuppgifter"
    from staff left join identities on Personnummer = identities.number
)

select distinct person from named where lower(trim(coalesce(marking, ''))) not in ('', 'ingen', 'nej', 'n', '0');

-- 2. School units -----------------------------------------------------------------------------------------------------

create temp table organisation as
with recursive under as (
    select r.id, r.parentOrganisation.id as above, r.organisationType as kind, 0 as steps from organisations
    union all
    select under.id, o.r.parentOrganisation.id, o.r.organisationType, steps + 1
    from under inner join organisations as o on under.above = o.r.id
    where under.kind <> 'Huvudman' and steps < 5
),

principals as (
    select under.id, any_value(p.r) as principal
    from under inner join organisations as p on coalesce(under.above, under.id) = p.r.id
    where p.r.organisationType = 'Huvudman'
    group by under.id
)

select o.r.id as organisation_id, o.r.schoolUnitCode as unit, o.r.organisationType as kind, o.r.displayName as name,
    lpad(coalesce(o.r.municipalityCode, principal.municipalityCode), 4, '0') as municipality,
    principal.displayName as principal_name, bare(principal.organisationNumber) as principal_number,
    nullif(array_to_string(list_sort(o.r.schoolTypes), ','), '') as forms,
    try_cast(o.r.startDate as date) as first_day, try_cast(o.r.endDate as date) as last_day
from organisations as o left join principals on o.r.id = principals.id;

create table dim_school_unit as
select unit, name, municipality, municipality_name,
    case when principal_number like '212000%' then 'Kommunal' when principal_number like '2321%' then 'Region'
        when principal_number like '2021%' then 'Statlig' when principal_number is not null then 'Enskild'
    end as principal_type,
    principal_name, forms, first_day, last_day, municipality[:2] as county
from organisation
left join (
    select municipality_code, any_value(municipality) as municipality_name from statistics group by municipality_code
) as m on organisation.municipality = m.municipality_code
where kind = 'Skolenhet' and unit is not null
qualify row_number() over (
    partition by unit order by coalesce(last_day, date '9999-12-31') desc, first_day desc, organisation_id
) = 1;

-- a unit that only result files know lies in the municipality that most units lie in
create temp table unit_place as
with own as (select municipality from dim_school_unit group by all order by count(*) desc, municipality limit 1)

select unit, coalesce(dim_school_unit.municipality, own.municipality) as municipality, principal_type
from (select unit from dim_school_unit union select unit from final_grades union select unit from year6_grades)
left join dim_school_unit using (unit) cross join own;

-- 3. Temporary numbers ------------------------------------------------------------------------------------------------

update support set unit = unit_of(unit) where length(unit) < 8;

-- TF1. for a boy and TF2. for a girl, after the birth date; the same one is given to pupils of other classes too
create temp table temporary_numbers as
with written as (
    select distinct 'final' as source, file, number, unit, class_label, make_date(spring_of(file), 6, 1) as day
    from final_grades where contains(number, 'TF')
    union all
    select distinct 'year6', file, number, unit, class_label, make_date(spring_of(file), 6, 1)
    from year6_grades where contains(number, 'TF')
    union all
    select distinct 'lesson', file, number, unit, class_label, getvariable('today')
    from lessons where contains(number, 'TF')
    union all
    select distinct 'assessment', file, number, unit, class_label, getvariable('today')
    from assessments where contains(number, 'TF')
    union all
    select distinct 'support', file, number, unit, class_label, getvariable('today')
    from support where contains(number, 'TF')
)

select *, class_of(class_label) as class,
    cast(try_strptime(right(bare(number), 10)[:6], '%y%m%d') as date) as birth_date,
    case right(number, 2)[1] when '1' then 'M' when '2' then 'K' end as sex
from written;

create temp table classmates as
select distinct person, unit, class_of(label) as class, sex, birth_date, try_cast(m.startDate as date) as first_day,
    coalesce(try_cast(m.endDate as date), date '9999-12-31') as last_day
from (
    select r.displayName as label, r.organisation.id as organisation_id, unnest(r.groupMemberships) as m
    from groups where r.groupType = 'Klass'
)
inner join organisation using (organisation_id)
inner join register on m.person.id = register.person_id;

-- such a number is the one pupil's of the class who was born that day and has that sex, where the register leaves no
-- doubt: nobody in the class lacks either, the file has no other such number there and no row of the pupil otherwise
create temp table stand_ins as
with fitting as (
    select t.source, t.file, t.number, t.unit, t.class_label, class, t.birth_date, t.sex, any_value(person) as person
    from temporary_numbers as t inner join classmates as c using (unit, class)
    where t.day between first_day and last_day and t.birth_date = c.birth_date and t.sex = c.sex
    group by all
    having count(distinct person) = 1
),

only_ones as (
    select fitting.*
    from fitting
    anti join (from classmates where birth_date is null or sex is null) as unknown using (unit, class)
    inner join (
        select file, unit, class, birth_date, sex from temporary_numbers
        group by all having count(distinct right(bare(number), 10)) = 1
    ) using (file, unit, class, birth_date, sex)
    where person not in (from protected)
),

own_numbers as (select number, person from identities semi join only_ones using (person)),

named as (
    select 'final' as source, file, person from final_grades inner join own_numbers using (number)
    union all select 'year6', file, person from year6_grades inner join own_numbers using (number)
    union all select 'lesson', file, person from lessons inner join own_numbers using (number)
    union all select 'assessment', file, person from assessments inner join own_numbers using (number)
    union all select 'support', file, person from support inner join own_numbers using (number)
)

select source, file, number, unit, class_label, person from only_ones anti join named using (source, file, person);

update final_grades as f set number = s.person from stand_ins as s
where source = 'final' and (f.file, f.number, f.unit, f.class_label) = (s.file, s.number, s.unit, s.class_label);
update year6_grades as f set number = s.person from stand_ins as s
where source = 'year6' and (f.file, f.number, f.unit, f.class_label) = (s.file, s.number, s.unit, s.class_label);
update lessons as f set number = s.person from stand_ins as s
where source = 'lesson' and (f.file, f.number, f.unit, f.class_label) = (s.file, s.number, s.unit, s.class_label);
update assessments as f set number = s.person from stand_ins as s
where source = 'assessment' and (f.file, f.number, f.unit, f.class_label) = (s.file, s.number, s.unit, s.class_label);
update support as f set number = s.person from stand_ins as s
where source = 'support' and (f.file, f.number, f.unit, f.class_label) = (s.file, s.number, s.unit, s.class_label);

-- 4. Who may be shown, and where they go to school --------------------------------------------------------------------

-- one row per number as written
create temp table pupil as
select number, person, coalesce(known.sex, if(person[11]::int % 2 = 1, 'M', 'K')) as sex
from (select number, person from identities union select person, person from register)
left join (select person, max(sex) as sex from register group by person) as known using (person)
where person not in (from protected);

create temp table people as
select person, any_value(pupil.sex) as sex, year(max(birth_date)) as birth_year,
    any_value(home_municipality) as home_municipality
from pupil left join register using (person)
group by person;

create temp macro school_form(code) as coalesce(
    map {'FS': 'FSK', 'FÖRSKOLA': 'FSK', 'FSK': 'FKLASS', 'FK': 'FKLASS', 'F': 'FKLASS', 'FÖRSKOLEKLASS': 'FKLASS',
        '11': 'GR', 'GRUNDSKOLA': 'GR', 'GRS': 'GRAN', 'GRSÄR': 'GRAN', 'GSÄR': 'GRAN', 'SÄR': 'GRAN', 'TR': 'GRAN',
        'GRUNDSÄRSKOLA': 'GRAN', 'ANPASSAD GRUNDSKOLA': 'GRAN', '21': 'GY', 'GYMNASIESKOLA': 'GY', 'GYS': 'GYAN',
        'GYSÄR': 'GYAN', 'GYMNASIESÄRSKOLA': 'GYAN', 'ANPASSAD GYMNASIESKOLA': 'GYAN'}[upper(trim(code))],
    upper(trim(code))
);

create temp macro programme_of(education) as education[:if(education like 'IM%', 3, 2)];

create temp macro kind_of(programme) as case
    when programme in ('BA', 'BF', 'EE', 'HA', 'FS', 'FT', 'HT', 'HV', 'FR', 'IN', 'NB', 'RL', 'VF', 'VO')
        then 'vocational'
    when programme in ('EK', 'ES', 'HU', 'NA', 'SA', 'TE') then 'preparatory'
    when programme in ('IMV', 'IMY', 'IMA', 'IMS') then 'introduction'
    when programme is not null then 'other'
end;

create temp table enrolment as
with enrolments as (
    select register.person, e.enroledAt.id as organisation_id, organisation.unit,
        school_form(e.schoolType) as form,
        e.schoolYear as grade_year, upper(e.educationCode) as education,
        try_cast(e.startDate as date) as first_day, coalesce(try_cast(e.endDate as date), date '9999-12-31') as last_day
    from (select r.id as person_id, unnest(r.enrolments) as e from persons)
    inner join register using (person_id)
    left join organisation on e.enroledAt.id = organisation.organisation_id
    where person not in (from protected)
),

ranked as (
    select distinct *, form in ('FKLASS', 'GR', 'GRAN', 'SP', 'SAM', 'GY', 'GYAN') as is_main,
        case when form in ('GRAN', 'GYAN') then 1 when is_main then 2 when form = 'VUX' then 5 when form = 'FSK' then 6
            when form = 'FTH' then 7 when form = 'OPPFTH' then 8 end as priority,
        if(form = 'GY', programme_of(education), null) as programme
    from enrolments
    where first_day <= last_day
),

beside as (
    select e.person, e.organisation_id, e.form, e.first_day,
        min(o.first_day) filter (where o.first_day > e.last_day) as next_day,
        bool_or(o.first_day <= e.last_day + 1 and o.last_day > e.last_day) as goes_on,
        bool_or(
            o.unit <> e.unit and o.priority = e.priority and o.first_day <= e.last_day and e.first_day <= o.last_day
        ) as in_conflict
    from ranked as e inner join ranked as o using (person)
    where e.is_main and o.is_main
    group by all
)

-- at most a fortnight between two schools is a move: the pupil is the first one's until the second begins
select ranked.* exclude (last_day), last_day as stated_last_day,
    if(not goes_on and next_day - last_day - 1 between 1 and 14, next_day - 1, last_day) as last_day,
    coalesce(in_conflict, false) as in_conflict,
    kind_of(programme) as programme_kind
from ranked left join beside using (person, organisation_id, form, first_day);

-- pupils of anpassad grundskola when the grades of a spring are set: they are in no result of grundskolan
create temp table adapted as
select distinct person, spring_year
from enrolment cross join (select spring_year::int as spring_year from range(2010, 2040) as years (spring_year))
where form = 'GRAN' and make_date(spring_year, 6, 10) between first_day and stated_last_day;

create table fct_enrolment_snapshot as
with enrolled as (
    from enrolment
    where is_main and getvariable('count_day') between first_day and last_day
    qualify row_number() over (partition by person order by priority, first_day desc, organisation_id) = 1
),

classes as (
    select person, unit, min(class) as class_label from classmates
    where getvariable('count_day') between first_day and last_day
    group by all
)

select person, year(getvariable('count_day')) + 1 as spring_year, getvariable('count_day') as snapshot_date, unit, form,
    grade_year, case when form = 'FKLASS' then 'F' when form in ('GY', 'GYAN') then 'G' when grade_year <= 3 then 'L'
        when form = 'SP' and grade_year <= 7 then 'M' when grade_year <= 6 then 'M' else 'H' end as stage,
    class_label, home_municipality, getvariable('count_day') > stated_last_day as is_bridged,
    in_conflict, not in_conflict as is_counted
from enrolled left join classes using (person, unit) left join people using (person);

create table dim_pupil as
with pupils as (
    select person from enrolment
    union
    select person from pupil inner join (
        select number from final_grades union select number from year6_grades union select number from national_tests
    ) using (number)
),

present as (
    from enrolment
    where getvariable('today') between first_day and last_day
    qualify row_number() over (partition by person order by priority nulls last, first_day desc, organisation_id) = 1
)

select person, sex, birth_year, unit, form, grade_year, present.person is not null as is_enrolled
from pupils inner join people using (person) left join present using (person);

create table fct_enrolment_span as
select person, organisation_id, unit, form, grade_year, programme, programme_kind, first_day, last_day,
    stated_last_day, is_main, in_conflict
from enrolment;

create table dim_group as
select r.id as group_id, r.groupType as kind, if(r.groupType = 'Klass', class_of(r.displayName), null) as class_label,
    unit
from groups left join organisation on r.organisation.id = organisation_id;

-- 5. Lists ------------------------------------------------------------------------------------------------------------

create table dim_school_year as
select school_year(spring::int) as school_year, make_date(spring::int - 1, 7, 1) as first_day,
    make_date(spring::int, 6, 30) as last_day, spring::int as spring_year,
    getvariable('today') between first_day and last_day as is_current
from range(2011, 2041) as years (spring);

create table dim_subject as
from (values
    ('BL', 'Bild', 'Art', 'praktisk-estetiska', true), ('EN', 'Engelska', 'English', 'språk', true),
    ('HKK', 'Hem- och konsumentkunskap', 'Home and consumer studies', 'praktisk-estetiska', true),
    ('IDH', 'Idrott och hälsa', 'Physical education and health', 'praktisk-estetiska', true),
    ('MA', 'Matematik', 'Mathematics', 'matematik', true),
    ('M1', 'Moderna språk, elevens val', 'Modern languages, pupil''s choice', 'språk', false),
    ('M2', 'Moderna språk, språkval', 'Modern languages, language choice', 'språk', false),
    ('ML', 'Modersmål', 'Mother tongue', 'språk', false), ('MU', 'Musik', 'Music', 'praktisk-estetiska', true),
    ('NO', 'Naturorienterande ämnen (block)', 'Science (block)', 'NO', false), ('BI', 'Biologi', 'Biology', 'NO', true),
    ('FY', 'Fysik', 'Physics', 'NO', true), ('KE', 'Kemi', 'Chemistry', 'NO', true),
    ('SO', 'Samhällsorienterande ämnen (block)', 'Social studies (block)', 'SO', false),
    ('GE', 'Geografi', 'Geography', 'SO', true), ('HI', 'Historia', 'History', 'SO', true),
    ('RE', 'Religionskunskap', 'Religion', 'SO', true), ('SH', 'Samhällskunskap', 'Civics', 'SO', true),
    ('SL', 'Slöjd', 'Crafts', 'praktisk-estetiska', true), ('SV', 'Svenska', 'Swedish', 'språk', true),
    ('SVA', 'Svenska som andraspråk', 'Swedish as a second language', 'språk', true),
    ('TN', 'Teckenspråk för hörande', 'Sign language for hearing pupils', 'språk', false),
    ('TK', 'Teknik', 'Technology', 'NO', true), ('OVR', 'Annat ämne', 'Another subject', 'övrigt', false)
) as t (subject, name_sv, name_en, area, is_ordinary);

create table dim_term as
select if(is_spring, 'VT' || spring, 'HT' || (spring - 1)) as term, school_year(spring::int) as school_year,
    make_date(if(is_spring, spring, spring - 1)::int, if(is_spring, 1, 7), 1) as first_day
from range(2011, 2041) as years (spring), (values (false), (true)) as terms (is_spring);

create table dim_date as
select day::date as day, school_year(year(day)::int + (month(day) > 6)::int) as school_year,
    if(month(day) > 6, 'HT', 'VT') || year(day) as term, weekofyear(day) as week, isodow(day) as weekday
from range(date '2010-07-01', date '2040-07-01', interval 1 day) as days (day);
