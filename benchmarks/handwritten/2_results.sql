-- Grades, national tests and assessments of grundskolan: fct_grade, fct_grade_version, fct_leaving, fct_national_test,
-- fct_test_vs_grade and fct_assessment. The rules are Skolverket's, with their figures.

create temp macro clean_grade(cell) as case
    when upper(trim(cell)) in ('9', '–', '—', '−', 'STRECK') then '-'
    else upper(trim(cell))
end;

create temp macro grade_points(grade) as
    map {'A': 20, 'B': 17.5, 'C': 15, 'D': 12.5, 'E': 10, 'F': 0, '-': 0}[grade]::double;

-- languages are coded in two ways
create temp macro language(code) as coalesce(
    map {'ALB': 'SQI', 'ARM': 'HYE', 'BAQ': 'EUS', 'BUR': 'MYA', 'CHI': 'ZHO', 'CZE': 'CES', 'DUT': 'NLD', 'FRE': 'FRA',
        'GEO': 'KAT', 'GER': 'DEU', 'GRE': 'ELL', 'ICE': 'ISL', 'MAC': 'MKD', 'MAY': 'MSA', 'PER': 'FAS', 'RUM': 'RON',
        'SLO': 'SLK', 'TIB': 'BOD', 'WEL': 'CYM'}[upper(trim(code))],
    nullif(upper(trim(code)), '')
);

create temp table final_grade_rows as
select final_grades.*, person, sex, spring_of(file) as spring_year
from final_grades inner join pupil using (number)
qualify row_number() over (partition by unit, spring_year, person order by file_no desc, final_grades.rowid desc) = 1;

create temp table year6_grade_rows as
select year6_grades.*, person, sex, spring_of(file) as spring_year
from year6_grades inner join pupil using (number)
qualify row_number() over (partition by unit, spring_year, person order by file_no desc, year6_grades.rowid desc) = 1;

create table fct_grade as
with long as (
    select 'final_grade' as occasion, person, sex, unit, spring_year, file_no, class_of(class_label) as class_label,
        m1_language, m2_language, ml_language, upper(subject) as subject, clean_grade(cell) as grade
    from (unpivot final_grade_rows on
        bl, en, hkk, idh, ma, m1, m2, ml, mu, bi, fy, ke, ge, hi, re, sh, sl, sv, sva, tn, tk, ovr
        into name subject value cell)
    union all
    select 'year6_spring', person, sex, unit, spring_year, file_no, class_of(class_label), m1_language, m2_language,
        ml_language, upper(subject), clean_grade(cell)
    from (unpivot year6_grade_rows on
        bl, en, hkk, idh, ma, m1, m2, ml, mu, no, bi, fy, ke, so, ge, hi, re, sh, sl, sv, sva, tn, tk, ovr
        into name subject value cell)
),

-- Swedish and Swedish as a second language cannot both count
valued as (
    select *, grade_points(grade) as points,
        subject in ('SV', 'SVA') and points is not null
        and count(*) filter (where subject in ('SV', 'SVA') and grade_points(grade) is not null)
            over (partition by occasion, person, unit, spring_year) > 1 as is_conflict
    from long
    where grade <> ''
)

select * exclude (points, is_conflict, m1_language, m2_language, ml_language),
    school_year(spring_year) as school_year, make_date(spring_year, 6, 10) as graded_on,
    language(case subject when 'M1' then m1_language when 'M2' then m2_language when 'ML' then ml_language end)
        as language,
    if(is_conflict, null, points) as points,
    points is not null and not is_conflict as counts,
    coalesce(points > 0, false) and not is_conflict as passed,
    grade = '3' as is_adapted,
    is_conflict
from valued;

-- one file of each spring: every grade is a first version
create table fct_grade_version as
select person, unit, spring_year, school_year, occasion, subject, 1 as version, graded_on, class_label, language, grade,
    grade_points(grade) as points, true as is_present
from fct_grade;

create table fct_leaving as
with candidates as (
    select person, any_value(sex) as sex, unit, spring_year, max(file_no) as file_no,
        max(class_label) as class_label,
        count(*) filter (where counts) as subjects,
        count(*) filter (where passed) as passed_subjects,
        count(*) filter (where is_adapted) as adapted_subjects,
        count(*) filter (where is_conflict) > 0 as has_conflicting_pair,
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

select person, sex, unit, class_label, spring_year, school_year(spring_year) as school_year, subjects, passed_subjects,
    adapted_subjects, has_conflicting_pair,
    coalesce(list_sum(points[:16]), 0) as merit_16,
    coalesce(list_sum(points_but_m2[:16]), 0) + coalesce(points_m2, 0) as merit_17,
    subjects > 0 and passed_subjects = subjects as passed_all,
    passed_all and adapted_subjects = 0 as passed_all_strict,
    sv and en and ma as core,
    core and passed_subjects >= 8 as yp,
    core and passed_subjects >= 12 as es,
    core and social_studies and passed_subjects >= 12 as ekhusa,
    core and science and passed_subjects >= 12 as nate,
    if(yp, null, sv and (en or ma) and passed_subjects >= 6) as imv
from candidates
where (person, spring_year) not in (from adapted)
qualify row_number() over (partition by person, spring_year order by subjects desc, file_no desc, unit) = 1;

create table fct_national_test as
with all_years as (
    select 9 as grade_year, *, null as part_points
    from (unpivot national_tests on
        ma_a, ma_b, ma_c, ma_d, ma_total, sv_a, sv_b, sv_c, sv_total, en_a, en_b, en_c, en_total,
        no_a, no_b, no_total, so_a, so_b, so_total
        into name test_part value result)
    union all by name
    select 6 as grade_year, *
    from (select *, null::varchar as none from year6_tests) unpivot include nulls (
        (result, part_points) for test_part in (
            (ma_a, none) as 'ma_a', (ma_b, none) as 'ma_b', (ma_c, none) as 'ma_c', (ma_d, none) as 'ma_d',
            (ma_e, none) as 'ma_e', (ma_total, none) as 'ma_total', (sv_a, sv_a_points) as 'sv_a',
            (sv_b, sv_b_points) as 'sv_b', (sv_c, sv_c_points) as 'sv_c', (sv_total, none) as 'sv_total',
            (en_a, en_a_points) as 'en_a', (en_b, en_b_points) as 'en_b', (en_c, en_c_points) as 'en_c',
            (en_total, none) as 'en_total'
        )
    )
    union all by name
    select 3 as grade_year, *
    from (select *, null::varchar as none from year3_tests) unpivot include nulls (
        (result, part_points) for test_part in (
            (ma_a, none) as 'ma_a', (ma_b, ma_b_points) as 'ma_b', (ma_c, ma_c_points) as 'ma_c',
            (ma_d, ma_d_points) as 'ma_d', (ma_e, ma_e_points) as 'ma_e', (ma_f, ma_f_points) as 'ma_f',
            (ma_g, ma_g_points) as 'ma_g', (ma_g1, ma_g1_points) as 'ma_g1', (ma_g2, ma_g2_points) as 'ma_g2',
            (sv_a, none) as 'sv_a', (sv_b, sv_b_points) as 'sv_b', (sv_c, sv_c_points) as 'sv_c',
            (sv_d, none) as 'sv_d', (sv_e, none) as 'sv_e', (sv_f, none) as 'sv_f', (sv_g, none) as 'sv_g',
            (sv_h, none) as 'sv_h'
        )
    )
)

select person, sex, unit, grade_year, spring_of(file) as spring_year,
    case test_part[:2] when 'no' then no_subject when 'so' then so_subject
        when 'sv' then if(sv_syllabus = '2', 'SVA', 'SV') else upper(test_part[:2]) end as subject,
    if(test_part like '%total', 'total', upper(test_part[4:])) as part,
    case when result in ('99', '88', '77') then null when part = 'total' then clean_grade(result)
        else upper(trim(result)) end as result,
    if(part = 'total', grade_points(clean_grade(result)), null) as points,
    case result when '99' then 'not_taken' when '88' then 'lost' when '77' then 'replacement_on_paper' end as missing,
    if(missing is null and try_cast(part_points as int) between 0 and 76, part_points::int, null) as part_points,
    file_no
from all_years inner join pupil using (number)
where trim(result) <> ''
qualify row_number() over (
    partition by person, unit, grade_year, spring_year, test_part order by file_no desc
) = 1;

-- the grade of the same pupil, subject and spring; of several the one at the unit where the test was written
create table fct_test_vs_grade as
with compared as (
    select t.person, t.sex, t.spring_year, t.grade_year, t.subject, t.unit as test_unit, g.unit as grade_unit,
        t.result as test_grade, t.points as test_points, g.class_label, g.grade, g.points,
        coalesce(g.counts, false) as graded
    from fct_national_test as t
    left join fct_grade as g
        on t.person = g.person and t.spring_year = g.spring_year and t.subject = g.subject
        and g.occasion = if(t.grade_year = 9, 'final_grade', 'year6_spring')
    where t.part = 'total' and t.grade_year in (9, 6)
    qualify row_number() over (
        partition by t.person, t.spring_year, t.grade_year, t.subject
        order by coalesce(t.unit = g.unit, false) desc, t.points is not null desc, t.file_no desc, t.unit, g.unit
    ) = 1
),

judged as (
    select *, coalesce(grade_unit, test_unit) as unit,
        case when test_points is null then 'no_test_grade' when not graded then 'no_grade'
            when grade = '-' then 'no_basis_for_grade' when grade_unit <> test_unit then 'moved'
            when (person, spring_year) in (from adapted) then 'adapted_school' end as excluded_reason
    from compared
)

select * exclude (test_unit, grade_unit, test_points, points, graded),
    if(excluded_reason is null, (points - test_points) / 2.5, null) as steps
from judged;

create table fct_assessment as
select person, unit, subject, assessment_year, term, class_label, grade_year,
    case level when 'Riskerar att inte nå' then 'below' when 'Insats krävs' then 'below'
        when 'Godtagbara kunskaper' then 'acceptable' when 'Mer än godtagbara kunskaper' then 'above'
        when 'Ej bedömt' then 'not_assessed' end as level,
    assessed_on
from (
    select *, spring_of(file) as assessment_year, upper(regexp_extract(file, '_(vt|ht)', 1)) as term
    from assessments
)
inner join pupil using (number)
qualify row_number() over (partition by person, unit, subject, assessment_year, term order by file_no desc) = 1;
