-- Upper secondary school: fct_upper_secondary_grade, fct_diploma and fct_gy_cohort.

-- Of a course or level graded more than once the latest passed grade counts, else the latest. A course counts as its
-- own grade; a subject has one, the passed one at its highest level, for the credits of all levels up to it.
create temp macro with_counted(graded) as table (
    with latest as (
        select *, is_graded and row_number() over (
            partition by owner, kind, code, level
            order by is_graded desc, is_passed desc, graded_on desc, file_no desc, unit
        ) = 1 as is_counted
        from query_table(graded)
    ),

    levels as (
        select *, max(level) filter (where is_counted and is_passed and kind = 'ÄMNE')
            over (partition by owner, kind, code) as passed_level
        from latest
    )

    select *,
        coalesce(kind = 'ÄMNE' and level <= passed_level, false) as is_below,
        if(is_counted and level = passed_level, grade, null) as highest_grade,
        if(is_counted and level = passed_level, points, null) as highest_points,
        case when is_counted then if(is_below, max(highest_grade) over subject, grade) end as counted_grade,
        case when is_counted then if(is_below, max(highest_points) over subject, points) end as counted_points,
        is_counted and (is_passed or is_below) as is_counted_passed
    from levels
    window subject as (partition by owner, kind, code)
);

create temp table graded as
with current_grades as (
    from course_grades
    inner join (select unit, spring_of(file) as spring_year, max(file_no) as file_no from course_grades group by all)
        using (unit, file_no)
    inner join pupil using (number)
    where spring_of(file) = spring_year and credits is not null
    qualify row_number() over (
        partition by unit, spring_year, kind, code, level, graded_on, person order by course_grades.rowid desc
    ) = 1
)

select person, person as owner, unit, spring_year, education, upper(kind) as kind, code,
    coalesce(nullif(level, 0), try_cast(regexp_extract(code, '([0-9]+)[a-z0-9]*$', 1) as int), 0) as level,
    if(kind = 'KURS', code[:3], coalesce(map {'SVEN': 'SVE', 'SVEA': 'SVA', 'ENGE': 'ENG', 'MATE': 'MAT', 'HIST': 'HIS',
        'IDRO': 'IDR', 'NATK': 'NAK', 'RELI': 'REL', 'SAMK': 'SAM', 'GYAR': 'GYA'}[code], code)) as subject,
    category, credits, clean_grade(grade) as grade, if(clean_grade(grade) = '-', null, grade_points(clean_grade(grade)))
        as points,
    points is not null as is_graded, coalesce(points > 0, false) as is_passed,
    category = 'Gymnasiearbete' as is_project, graded_on, file_no
from current_grades;

create table fct_upper_secondary_grade as
select * exclude (owner, passed_level, is_below, highest_grade, highest_points),
    school_year(spring_year) as school_year
from with_counted('graded');

-- a certificate, and all grades that were set by the day of issue
create temp table issued as
select row_number() over () as owner, person, sex, unit, spring_of(file) as spring_year, upper(document) as document,
    issued_on, education, programme_of(education) as programme,
    kind_of(programme) as programme_kind,
    credits, project in ('J', 'Ja', 'JA') as project_stated,
    document in ('E', 'L') as is_diploma,
    document in ('E', 'L', 'Z') and coalesce(credits >= 2500, false) as is_final, file_no
from certificates inner join pupil using (number)
qualify row_number() over (
    partition by unit, spring_year, document, issued_on, person order by file_no desc, certificates.rowid desc
) = 1;

create temp table graded_before as
select graded.* replace (issued.owner as owner), programme_kind
from issued inner join graded on issued.person = graded.person and issued.issued_on >= graded.graded_on;

create temp table certificate_sums as
with required as (
    from (values
        ('swedish-1', 'SVE', 1, 1, true), ('swedish-1', 'SVA', 1, 1, true), ('english-1', 'ENG', 5, 1, true),
        ('mathematics-1', 'MAT', 1, 1, true), ('swedish-2', 'SVE', 2, 2, false), ('swedish-2', 'SVA', 2, 2, false),
        ('swedish-3', 'SVE', 3, 3, false), ('swedish-3', 'SVA', 3, 3, false), ('english-2', 'ENG', 6, 2, false)
    ) as t (requirement, subject, course, subject_level, of_vocational)
)

select owner, sum(credits)::bigint as graded_credits,
    coalesce(sum(credits) filter (where is_counted_passed), 0)::bigint as passed_credits,
    coalesce(sum(credits) filter (where is_counted_passed and category = 'Programgemensamma'), 0)::bigint
        as common_credits,
    coalesce(bool_or(is_project and is_counted_passed), false) as project_graded,
    sum(credits) filter (where not is_project)::bigint as averaged_credits,
    sum(counted_points * credits) filter (where not is_project) as weighted_points,
    any_value(met.met) as met
from with_counted('graded_before') as c
left join (
    select owner, count(distinct requirement) as met
    from with_counted('graded_before') as c inner join required
        on c.subject = required.subject and (of_vocational or programme_kind = 'preparatory')
        and if(kind = 'KURS', level = course, level >= subject_level)
    where is_counted_passed and programme_kind is not null
    group by owner
) as met using (owner)
where is_counted
group by owner;

-- who got two certificates in a school year is one leaver: the diploma counts, else the later one
create table fct_diploma as
select person, sex, unit, spring_year, school_year(spring_year) as school_year, document, issued_on, education,
    programme, programme_kind, is_diploma, is_final, credits as stated_credits,
    coalesce(graded_credits, 0) as graded_credits,
    coalesce(passed_credits, 0) as passed_credits, coalesce(common_credits, 0) as common_credits,
    case programme_kind when 'vocational' then 3 when 'preparatory' then 6 else 0 end - coalesce(met, 0)
        as missing_requirements,
    coalesce(project_stated, project_graded, false) as project_passed,
    coalesce(graded_credits >= 2500, false) and passed_credits >= 2250
    and common_credits >= if(programme_kind = 'vocational', 400, 0)
    and missing_requirements = 0 and project_passed and programme_kind is not null as meets_rules,
    averaged_credits, weighted_points / averaged_credits as grade_points,
    is_final and row_number() over (
        partition by person, spring_year
        order by is_final desc, is_diploma desc, issued_on desc, file_no desc, owner desc
    ) = 1 as is_counted
from issued left join certificate_sums as s using (owner);

-- who began: enrolled on 15 October in year 1, the first time, and the first time on a national programme
create table fct_gy_cohort as
with count_days as (
    select spring_year, make_date(spring_year - 1, 10, 15) as counted_on
    from dim_school_year where make_date(spring_year - 1, 10, 15) <= getvariable('today')
),

spans as (from enrolment where form = 'GY'),

started as (
    select spans.*, spring_year, counted_on,
        coalesce(programme_kind in ('vocational', 'preparatory'), false) as is_national
    from spans inner join count_days on grade_year = 1 and counted_on between first_day and last_day
    qualify row_number() over (
        partition by person, counted_on order by priority, first_day desc, organisation_id
    ) = 1
),

numbered as (
    select *, row_number() over (partition by person order by counted_on) = 1 as is_first_start,
        is_national and row_number() over (partition by person, is_national order by counted_on) = 1
            as is_first_national_start
    from started where not in_conflict
),

-- before the autumn of 2020 the register has only those who stayed
starts as (from numbered where (is_first_start or is_first_national_start) and spring_year > 2020),

later as (
    select starts.person, counted_on,
        bool_or(s.first_day > counted_on and s.unit <> starts.unit) as has_changed_unit,
        bool_or(s.first_day > counted_on and s.programme <> starts.programme) as has_changed_programme,
        max(s.last_day) as last_day
    from starts inner join spans as s using (person)
    group by all
),

first_diplomas as (
    select person, min(issued_on) as diploma_on, arg_min(unit, issued_on) as diploma_unit
    from fct_diploma where is_diploma group by person
)

select person, sex, school_year(spring_year) as start_school_year, counted_on, unit, programme, programme_kind,
    is_national, is_first_start, is_first_national_start, home_municipality, has_changed_unit, has_changed_programme,
    if(later.last_day < getvariable('today') and diploma_on is null, later.last_day, null) as left_on,
    diploma_on, diploma_unit,
    make_date(spring_year + 2, 6, 30) as ends_on_3, make_date(spring_year + 3, 6, 30) as ends_on_4,
    if(ends_on_3 < getvariable('today'), coalesce(diploma_on <= ends_on_3, false), null) as diploma_in_3,
    if(ends_on_4 < getvariable('today'), coalesce(diploma_on <= ends_on_4, false), null) as diploma_in_4
from starts
inner join later using (person, counted_on)
inner join people using (person)
left join first_diplomas using (person);
