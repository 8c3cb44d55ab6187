-- The other indicators, per unit and municipality: attendance (IND-07), surveys and self-assessments (IND-08), teachers
-- (IND-09), the socio-economic index (IND-12), assessments, moves and special support (IND-13).

create temp macro period_of(month) as
    if(month(month) >= 7, school_year(year(month) + 1) || ' HT', school_year(year(month)) || ' VT');

-- by class, it is the last one at the unit in the month
insert into indicator_value
with classes as (
    select person, unit, month, arg_max(class, (classmates.last_day, classmates.first_day, class)) as class_label
    from fct_attendance_month inner join classmates using (person, unit)
    where classmates.first_day <= last_day(month) and month <= classmates.last_day
    group by all
),

cells as (
    select coalesce(unit, municipality) as entity_code, group_of(sex, class_label) as breakdown_value,
        (month::varchar)[:7] as period, count(distinct person) as pupils,
        count(distinct if(reported > 0, person, null)) as pupils_reported, sum(scheduled) as scheduled,
        sum(reported) as reported, sum(present) as present, sum(valid) as valid,
        sum(invalid) as invalid
    from fct_attendance_month inner join unit_place using (unit) left join classes using (person, unit, month)
    where scheduled > 0
    group by grouping sets (
        (unit, month), (unit, sex, month), (unit, class_label, month), (municipality, month), (municipality, sex, month)
    )
    having breakdown_value is not null
)

select i.id, entity_code, breakdown_value, period, i.x / i.minutes, i.n, null
from (
    select *, unnest([
        {'id': 'IND-07.ABSENCE', 'x': valid + invalid, 'minutes': reported, 'n': pupils_reported},
        {'id': 'IND-07.VALID', 'x': valid, 'minutes': reported, 'n': pupils_reported},
        {'id': 'IND-07.INVALID', 'x': invalid, 'minutes': reported, 'n': pupils_reported},
        {'id': 'IND-07.PRESENCE', 'x': present, 'minutes': reported, 'n': pupils_reported},
        {'id': 'IND-07.COVERAGE', 'x': reported, 'minutes': scheduled, 'n': pupils}
    ]) as i
    from cells
)
where i.n > 0;

-- the last class at the unit in the term
create temp table class_of_term as
with terms as (
    select distinct person, unit, make_date(year(month), if(month(month) >= 7, 7, 1), 1) as first_day,
        (first_day + interval 6 month)::date - 1 as last_day, period_of(month) as period
    from fct_attendance_month
)

select person, terms.unit, period, arg_max(class, (c.last_day, c.first_day, class)) as class_label
from terms inner join classmates as c using (person, unit)
where c.first_day <= terms.last_day and terms.first_day <= c.last_day
group by all;

-- pupils who were absent at least so much of a term; at two units a pupil counts at both, and once in the municipality
insert into indicator_value
with terms as (
    select person, sex, unit, municipality, period_of(month) as period, sum(reported) as reported, sum(valid + invalid) as absent, sum(invalid) as invalid
    from fct_attendance_month inner join unit_place using (unit)
    where reported > 0
    group by grouping sets ((person, sex, unit, period), (person, sex, municipality, period))
),

cells as (
    select coalesce(unit, municipality) as entity_code, group_of(sex, class_label) as breakdown_value, period,
        count(*) as n, unnest([
            {'id': 'OVER5', 'x': count(*) filter (where 100 * absent >= 5 * reported)},
            {'id': 'OVER10', 'x': count(*) filter (where 100 * absent >= 10 * reported)},
            {'id': 'OVER15', 'x': count(*) filter (where 100 * absent >= 15 * reported)},
            {'id': 'OVER20', 'x': count(*) filter (where 100 * absent >= 20 * reported)},
            {'id': 'OVER30', 'x': count(*) filter (where 100 * absent >= 30 * reported)},
            {'id': 'OVER50', 'x': count(*) filter (where 100 * absent >= 50 * reported)},
            {'id': 'INVALID5', 'x': count(*) filter (where 100 * invalid >= 5 * reported)}
        ]) as i
    from terms left join class_of_term using (person, unit, period)
    group by grouping sets (
        (unit, municipality, period), (unit, municipality, sex, period), (unit, municipality, class_label, period)
    )
    having breakdown_value is not null
)

select 'IND-07.TERM.' || i.id, entity_code, breakdown_value, period, i.x / n, n, i.x from cells;

-- pupils with long or scattered absence in a term; in the municipality as soon as one unit has such absence
insert into indicator_value
with pupils as (
    select person, sex, unit, municipality, school_year || ' ' || term as period,
        bool_or(longest_absence_run >= 10) as absent, bool_or(longest_invalid_run >= 20) as invalid,
        bool_or(most_days_with_invalid_lesson >= 5 or coalesce(highest_invalid_share >= 0.05, false)) as scattered
    from fct_absence_pattern inner join unit_place using (unit)
    where recorded_days > 0
    group by grouping sets ((person, sex, unit, period), (person, sex, municipality, period))
),

cells as (
    select coalesce(unit, municipality) as entity_code, group_of(sex, class_label) as breakdown_value, period,
        count(*) as n, unnest([
            {'id': 'LONG.ABSENT10', 'x': count(*) filter (where absent)},
            {'id': 'LONG.INVALID20', 'x': count(*) filter (where invalid)},
            {'id': 'SCATTERED.ANY', 'x': count(*) filter (where scattered)}
        ]) as i
    from pupils left join class_of_term using (person, unit, period)
    group by grouping sets (
        (unit, municipality, period), (unit, municipality, sex, period), (unit, municipality, class_label, period)
    )
    having breakdown_value is not null
)

select 'IND-07.' || i.id, entity_code, breakdown_value, period, i.x / n, n, i.x from cells;

create temp table respondent as
select kind, survey_year, unit, municipality, respondent, grade_year, area, any_value(invited) as invited,
    case when kind = 'guardian' then 'GUARDIAN' when grade_year = 5 then 'Y5' when grade_year = 8 then 'Y8'
        when grade_year = 11 then 'GY2' end as asked,
    count(*) filter (where is_answered) as answered,
    count(*) filter (where is_positive) as positive,
    if(2 * count(value) >= count(*), avg(value), null) as index_value
from fct_survey_answer inner join unit_place using (unit)
group by all;

insert into indicator_value
with cells as (
    select coalesce(unit, municipality) as entity_code, school_year(survey_year) as period,
        asked || '.' || map {'Trygghet': 'TRYGGHET', 'Studiero': 'STUDIERO', 'Stimulans': 'STIMULANS', 'Stöd': 'STOD',
            'Delaktighet och inflytande': 'DELAKTIGHET'}[area] as topic,
        count(index_value) as n_index, avg(index_value) as index_value,
        count(*) filter (where answered > 0) as n, sum(positive) / sum(answered) as positive
    from respondent
    where asked is not null
    group by grouping sets ((unit, survey_year, asked, area), (municipality, survey_year, asked, area))
)

select 'IND-08.' || topic || '.INDEX', entity_code, 'all', period, index_value, n_index, null from cells
union all
select 'IND-08.' || topic || '.POSITIVE', entity_code, 'all', period, positive, n, null from cells;

insert into indicator_value
with units as (
    select unit, municipality, survey_year, asked, grade_year, any_value(invited) as invited,
        count(distinct respondent) as respondents
    from respondent where asked is not null group by all
)

select 'IND-08.' || asked || '.RESPONSE', coalesce(unit, municipality), 'all', school_year(survey_year),
    sum(respondents) / sum(invited), sum(respondents), null
from units
group by grouping sets ((unit, survey_year, asked), (municipality, survey_year, asked));

-- areas of which at least half of the items count; of the group no fewer have answered than the item that most have
insert into indicator_value
with areas as (
    select tool || '.' || area || if(tool = 'SELFIE', '.' || respondent_group, '') as topic, unit, school_year,
        sum(score * answers) filter (where is_counted) / sum(answers) filter (where is_counted) as mean,
        max(answers) filter (where is_counted) as n
    from fct_self_assessment
    where is_latest_round and area is not null and respondent_group is not null
    group by all
    having 2 * count(*) filter (where is_counted) >= count(*)
)

select 'IND-08.' || topic, coalesce(unit, municipality), 'all', school_year, sum(mean * n) / sum(n), sum(n), null
from areas inner join unit_place using (unit)
group by grouping sets ((topic, unit, school_year), (topic, municipality, school_year));

-- posts of teachers of grundskola and of upper secondary school; who serves at two units counts at both, and once in the
-- municipality; pupils of the same units alone
insert into indicator_value
with teachers as (
    select coalesce(unit, municipality) as entity_code, form, count(distinct person) as n,
        count(distinct if(is_exempt, null, person)) as n_with_demand, sum(fte) as posts,
        sum(fte) filter (where not is_exempt) as posts_with_demand,
        coalesce(sum(fte) filter (where not is_exempt and is_qualified_in_any_subject), 0) as qualified,
        coalesce(sum(fte) filter (where not is_exempt and is_qualified_in_subject), 0) as qualified_in_subject
    from fct_staff_service inner join unit_place using (unit)
    where is_teacher and form in ('GR', 'GY')
    group by grouping sets ((unit, form), (municipality, form))
),

pupils as (
    select coalesce(unit, municipality) as entity_code, staffed.form, count(*) as pupils
    from fct_enrolment_snapshot inner join unit_place using (unit)
    inner join (select distinct unit, form from fct_staff_service where is_teacher) as staffed using (unit)
    where is_counted
    group by grouping sets ((unit, staffed.form), (municipality, staffed.form))
)

select if(form = 'GY', replace(i.id, '-09', '-09.GY'), i.id), entity_code, 'all', school_year(year(getvariable('count_day')) + 1), i.x / i.posts, i.n, null
from (
    select *, unnest([
        {'id': 'IND-09.QUALIFIED', 'x': qualified, 'posts': posts_with_demand, 'n': n_with_demand},
        {'id': 'IND-09.SUBJECT', 'x': qualified_in_subject, 'posts': posts_with_demand, 'n': n_with_demand},
        {'id': 'IND-09.PUPILS', 'x': pupils::double, 'posts': posts, 'n': n}
    ]) as i
    from teachers left join pupils using (entity_code, form)
)
where i.n > 0;

-- the index, and the units' shares of the ten million kronor that are given out after it in 2026
insert into indicator_value
with cells as (
    select coalesce(unit, municipality) as entity_code, school_year, any_value(budget_year) as budget_year,
        sum(socioeconomic_index * pupils) as need, sum(pupils) as pupils
    from fct_socioeconomic_index inner join unit_place using (unit)
    where socioeconomic_index is not null and pupils > 0
    group by grouping sets ((unit, school_year), (municipality, school_year))
),

shares as (
    select *, need / sum(need) filter (where length(entity_code) = 8) over (partition by school_year) as share
    from cells
)

select i.id, entity_code, 'all', school_year, i.x, pupils, null
from (
    select *, unnest([
        {'id': 'IND-12.INDEX', 'x': need / pupils}, {'id': 'IND-12.SHARE', 'x': share},
        {'id': 'IND-12.SUM', 'x': if(budget_year = 2026, 10000000 * share, null)}
    ]) as i
    from shares
)
where i.x is not null;

-- Written assessments are for years 1 to 5, which have no grades.
insert into indicator_value
with moved as (
    select person, unnest([from_unit, to_unit]) as unit from fct_mobility where is_counted
),

assessed as (
    select distinct person from fct_assessment
    where level <> 'not_assessed' and assessment_year + if(term = 'HT', 1, 0) = year(getvariable('count_day')) + 1
),

pupils as (
    select s.person, unit, true as is_pupil, false as has_moved,
        form = 'GR' and grade_year between 1 and 5 as is_ungraded, a.person is not null as is_assessed
    from fct_enrolment_snapshot as s left join assessed as a using (person)
    where is_counted
    union all
    select person, unit, false, true, false, false from moved
),

cells as (
    select coalesce(unit, municipality) as entity_code, if(grouping(sex) = 1, 'all', sex) as breakdown_value,
        count(distinct if(is_pupil, person, null)) as pupils, count(distinct if(has_moved, person, null)) as moved,
        count(distinct if(is_ungraded, person, null)) as ungraded,
        count(distinct if(is_ungraded and is_assessed, person, null)) as assessed
    from pupils inner join people using (person) inner join unit_place using (unit)
    group by grouping sets ((unit), (unit, sex), (municipality), (municipality, sex))
)

select i.id, entity_code, breakdown_value, school_year(year(getvariable('count_day')) + 1), i.x / i.n, i.n, i.x
from (
    select *, unnest([
        {'id': 'IND-13.IUP', 'x': assessed, 'n': ungraded}, {'id': 'IND-13.MOBILITY', 'x': moved, 'n': pupils}
    ]) as i
    from cells
)
where i.n > 0;

-- the last written assessment of the year in each subject, in the years without grades
insert into indicator_value
with last_levels as (
    select person, subject, arg_max(level, (assessment_year, assessed_on, unit)) as level
    from fct_assessment
    where level <> 'not_assessed' and assessment_year + if(term = 'HT', 1, 0) = year(getvariable('count_day')) + 1
    group by all
),

cells as (
    select unit, group_of(sex, class_label) as breakdown_value, count(distinct person) as n, count(*) as assessed,
        count(*) filter (where level = 'below') as below, count(*) filter (where level = 'acceptable') as acceptable,
        count(*) filter (where level = 'above') as above
    from fct_enrolment_snapshot inner join people using (person) inner join last_levels using (person)
    where is_counted and form = 'GR' and grade_year between 1 and 5
    group by grouping sets ((unit), (unit, sex), (unit, class_label))
    having breakdown_value is not null
)

select i.id, unit, breakdown_value, school_year(year(getvariable('count_day')) + 1), i.x / assessed, n, null
from (
    select *, unnest([
        {'id': 'IND-13.LEVEL.BELOW', 'x': below}, {'id': 'IND-13.LEVEL.ACCEPTABLE', 'x': acceptable},
        {'id': 'IND-13.LEVEL.ABOVE', 'x': above}
    ]) as i
    from cells
);

insert into indicator_value
with supported as (
    select s.person, bool_or(needs_action_programme) as programme,
        coalesce(bool_or(support = 'adapted_study_course'), false) as course,
        coalesce(bool_or(support = 'special_teaching_group'), false) as special_group
    from fct_support_span as s inner join fct_enrolment_snapshot using (person, unit)
    where snapshot_date between first_day and coalesce(s.last_day, date '9999-12-31')
    group by s.person
),

cells as (
    select coalesce(unit, municipality) as entity_code, group_of(sex, class_label) as breakdown_value,
        count(*) as n, count(*) filter (where programme) as programme, count(*) filter (where course) as course,
        count(*) filter (where special_group) as special_group
    from fct_enrolment_snapshot inner join people using (person) inner join unit_place using (unit)
    left join supported using (person)
    where is_counted and form = 'GR'
    group by grouping sets ((unit), (unit, sex), (unit, class_label), (municipality), (municipality, sex))
    having breakdown_value is not null
)

select i.id, entity_code, breakdown_value, school_year(year(getvariable('count_day')) + 1), i.x / n, n, i.x
from (
    select *, unnest([
        {'id': 'IND-13.SUPPORT.PROGRAMME', 'x': programme}, {'id': 'IND-13.SUPPORT.COURSE', 'x': course},
        {'id': 'IND-13.SUPPORT.GROUP', 'x': special_group}
    ]) as i
    from cells
);
