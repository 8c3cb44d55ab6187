-- Indicators of results, per unit and municipality, all pupils and by sex, those of grundskolan also by class of a
-- unit: IND-02, IND-03, IND-04, IND-05, IND-06, IND-10 and IND-14. They are the first rows of indicator_value; a cell
-- without pupils has no row.

create table indicator_value (
    indicator_id varchar, entity_code varchar, breakdown_value varchar, period varchar, value double,
    n_denominator bigint, n_numerator bigint
);

create temp macro group_of(sex, class_label) as
    case when grouping(class_label) = 0 then 'Klass ' || class_label when grouping(sex) = 0 then sex else 'all' end;

insert into indicator_value
with cells as (
    select coalesce(unit, municipality) as entity_code,
        if(grouping(principal_type) = 0, principal_type, group_of(sex, class_label)) as breakdown_value,
        school_year, count(*) as n, sum(merit_17) filter (where merit_17 > 0) as merit_17,
        sum(merit_16) filter (where merit_17 > 0) as merit_16,
        count(*) filter (where merit_17 > 0) as n_merit, count(*) filter (where passed_all) as passed_all,
        count(*) filter (where yp) as yp, count(*) filter (where es) as es, count(*) filter (where ekhusa) as ekhusa,
        count(*) filter (where nate) as nate, count(*) filter (where imv) as imv,
        count(*) filter (where passed_all_strict) as strict
    from fct_leaving inner join unit_place using (unit)
    group by grouping sets (
        (unit, school_year), (unit, sex, school_year), (unit, class_label, school_year),
        (municipality, school_year), (municipality, sex, school_year), (municipality, principal_type, school_year)
    )
    having breakdown_value is not null
)

select i.id, entity_code, breakdown_value, school_year, i.x / i.n, i.n, if(i.id like 'IND-02%', null, i.x)
from (
    select *, unnest([
        {'id': 'IND-02', 'x': merit_17, 'n': n_merit}, {'id': 'IND-02-16', 'x': merit_16, 'n': n_merit},
        {'id': 'IND-03', 'x': passed_all, 'n': n}, {'id': 'IND-04.YP', 'x': yp, 'n': n},
        {'id': 'IND-04.ES', 'x': es, 'n': n}, {'id': 'IND-04.EKHUSA', 'x': ekhusa, 'n': n},
        {'id': 'IND-04.NATE', 'x': nate, 'n': n}, {'id': 'IND-04.IMV', 'x': imv, 'n': n},
        {'id': 'IND-03.STRICT', 'x': strict, 'n': n}
    ]) as i
    from cells
)
where i.n > 0;

insert into indicator_value
with pupils as (
    from fct_grade inner join unit_place using (unit)
    where occasion = 'year6_spring' and counts and subject in ('SV', 'EN', 'MA')
        and (person, spring_year) not in (from adapted)
    qualify row_number() over (partition by person, spring_year, subject order by file_no desc, unit) = 1
)

select 'IND-14.' || subject, coalesce(unit, municipality), group_of(sex, class_label) as breakdown_value, school_year,
    count(*) filter (where passed) / count(*), count(*), count(*) filter (where passed)
from pupils
group by grouping sets (
    (subject, unit, school_year), (subject, unit, sex, school_year), (subject, unit, class_label, school_year),
    (subject, municipality, school_year), (subject, municipality, sex, school_year)
)
having breakdown_value is not null;

-- the grade set in years 9 and 6 against the national test; in science and social studies the subject that was tested
insert into indicator_value
with tests as (
    select *, case when grade_year = 6 then 'Y6.' when subject in ('BI', 'FY', 'KE') then 'NO'
        when subject in ('GE', 'HI', 'RE', 'SH') then 'SO' else '' end
        || if(subject in ('SV', 'EN', 'MA'), subject, '') as code
    from fct_test_vs_grade
    where excluded_reason is null and subject <> 'SVA'
    qualify row_number() over (partition by person, spring_year, code order by subject) = 1
),

cells as (
    select code, coalesce(unit, municipality) as entity_code, group_of(sex, class_label) as breakdown_value,
        school_year(spring_year) as period, count(*) as n, count(*) filter (where steps > 0) as higher,
        count(*) filter (where steps = 0) as equal, count(*) filter (where steps < 0) as lower, sum(steps) as steps
    from tests inner join unit_place using (unit)
    group by grouping sets (
        (code, unit, spring_year), (code, unit, sex, spring_year), (code, unit, class_label, spring_year),
        (code, municipality, spring_year), (code, municipality, sex, spring_year)
    )
    having breakdown_value is not null
)

select 'IND-05.' || code || '.' || i.id, entity_code, breakdown_value, period, i.x / n, n,
    if(i.id in ('NET', 'STEPS'), null, i.x)
from (
    select *, unnest([
        {'id': 'HIGHER', 'x': higher}, {'id': 'EQUAL', 'x': equal}, {'id': 'LOWER', 'x': lower},
        {'id': 'NET', 'x': higher - lower}, {'id': 'STEPS', 'x': steps}
    ]) as i
    from cells
);

-- the parts of the national tests in year 3, of pupils who took them all
insert into indicator_value
with parts as (
    select *, subject[:2] as code, bool_and(missing is null) over one_test as has_all,
        max(file_no) over one_test as last_file
    from fct_national_test
    where grade_year = 3 and (person, spring_year) not in (from adapted)
    window one_test as (partition by person, spring_year, unit, subject[:2])
),

at_one_unit as (
    from parts
    qualify dense_rank() over (partition by person, spring_year, code order by last_file desc, unit) = 1
)

select 'IND-05.Y3.' || code || '.' || part, coalesce(unit, municipality), if(grouping(sex) = 1, 'all', sex),
    school_year(spring_year), count(*) filter (where result = '1') / count(*), count(*),
    count(*) filter (where result = '1')
from at_one_unit inner join unit_place using (unit)
where has_all
group by grouping sets (
    (code, part, unit, spring_year), (code, part, unit, sex, spring_year), (code, part, municipality, spring_year),
    (code, part, municipality, sex, spring_year)
);

-- the merit value that SALSA expects of a unit's pupils, and how far from it the unit is
insert into indicator_value
with expected as (
    select indicator_value.* exclude (indicator_id, n_numerator),
        93.567 + 69.846 * parents_education - 35.271 * share_boys / 100 - 83.641 * share_newly_arrived / 100 as expected
    from indicator_value
    inner join fct_unit_background as b on entity_code = b.unit and period = b.school_year
    where indicator_id = 'IND-02' and breakdown_value = 'all' and pupils >= 15 and share_known >= 75
)

select i.id, entity_code, breakdown_value, period, i.x, n_denominator, null
from (
    select *, unnest([{'id': 'IND-10.EXPECTED', 'x': expected},
        {'id': 'IND-10.LOWER', 'x': expected - 17.3}, {'id': 'IND-10.UPPER', 'x': expected + 17.3},
        {'id': 'IND-10.DEVIATION', 'x': value - expected}]) as i
    from expected
)
where i.x is not null;

insert into indicator_value
with cells as (
    select coalesce(unit, municipality) as entity_code, if(grouping(sex) = 1, 'all', sex) as breakdown_value,
        school_year, count(*) as n, count(*) filter (where is_diploma) as diplomas, count(grade_points) as n_points,
        sum(grade_points) as grade_points
    from fct_diploma inner join unit_place using (unit)
    where is_counted
    group by grouping sets (
        (unit, school_year), (unit, sex, school_year), (municipality, school_year), (municipality, sex, school_year)
    )
)

select 'IND-06.POINTS', entity_code, breakdown_value, school_year, grade_points / n_points, n_points, null
from cells where n_points > 0
union all
select 'IND-06.DIPLOMA', entity_code, breakdown_value, school_year, diplomas / n, n, diplomas from cells;

-- a diploma within three and four years of the start; four years for the municipality alone
insert into indicator_value
with measured as (
    select 'IND-06.TIME3' as id, unit, sex, home_municipality, programme_kind, diploma_in_3 as has_diploma,
        year(ends_on_3) as spring_year
    from fct_gy_cohort where is_first_national_start and diploma_in_3 is not null
    union all
    select 'IND-06.TIME4', unit, sex, home_municipality, programme_kind, diploma_in_4, year(ends_on_4)
    from fct_gy_cohort where is_first_national_start and diploma_in_4 is not null
),

placed as (
    select *, if(home_municipality = municipality, 'Egen kommun', if(home_municipality <> municipality, 'Annan kommun', null))
        as home
    from measured inner join unit_place using (unit)
)

select id || case programme_kind when 'preparatory' then '.PREP' when 'vocational' then '.VOC' else '' end,
    coalesce(unit, municipality), case when grouping(sex) = 0 then sex when grouping(home) = 0 then home
        when grouping(principal_type) = 0 then principal_type else 'all' end as breakdown_value, school_year(spring_year),
    count(*) filter (where has_diploma) / count(*), count(*), count(*) filter (where has_diploma)
from placed
group by grouping sets (
    (id, unit, spring_year), (id, unit, sex, spring_year), (id, unit, programme_kind, spring_year),
    (id, unit, sex, programme_kind, spring_year), (id, municipality, spring_year), (id, municipality, sex, spring_year),
    (id, municipality, programme_kind, spring_year), (id, municipality, sex, programme_kind, spring_year),
    (id, municipality, home, spring_year), (id, municipality, home, programme_kind, spring_year),
    (id, municipality, principal_type, spring_year), (id, municipality, principal_type, programme_kind, spring_year)
)
having breakdown_value is not null and (id = 'IND-06.TIME3' or grouping(municipality) = 0);
