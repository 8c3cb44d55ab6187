with posts as (

    select * from {{ source('history', 'personal__staff_service') }}

),

pupils as (

    select * from {{ ref('fct_enrolment_snapshot') }}
    where is_counted

),

school_years as (

    select * from {{ ref('ref_school_year') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

),

count_days as (

    {{ count_days_since('(select min(cast(posts._recorded_at as date)) from posts)') }}

),

-- a unit is of the school form that most of its pupils are in; förskoleklass goes with grundskola
units as (

    select
        school_unit_code,
        snapshot_date,
        arg_max(school_form_code, (number_of_pupils, school_form_code)) as school_form_code
    from (
        select
            school_unit_code,
            snapshot_date,
            {{ with_grundskola('school_form_code') }} as school_form_code,
            count(*) as number_of_pupils
        from pupils
        group by school_unit_code, snapshot_date, {{ with_grundskola('school_form_code') }}
    ) as forms
    group by school_unit_code, snapshot_date

),

-- the extract repeats the share of full time for each subject of a post; here it is split over them
serving as (

    select
        posts.*,
        units.school_form_code,
        count_days.school_year,
        count_days.spring_year,
        count_days.snapshot_date,
        count(*) over (
            partition by posts.person_key, posts.school_unit_code, posts.role_name, count_days.snapshot_date
        ) as subjects_of_post,
        bool_or(coalesce(posts.is_qualified, false) and coalesce(posts.licence_code = 'JA', false)) over (
            partition by posts.person_key, units.school_form_code, count_days.snapshot_date
        ) as is_qualified_in_any_subject
    from posts
    inner join count_days on {{ holds_during('posts', 'count_days.snapshot_date') }}
    left join
        units
        on posts.school_unit_code = units.school_unit_code and count_days.snapshot_date = units.snapshot_date

)

select
    person_key,
    school_unit_code,
    school_form_code,
    role_name,
    subject_code,
    school_year,
    spring_year,
    snapshot_date,
    position_percent / 100 / subjects_of_post as fte,
    role_name = 'Lärare' as is_teacher,
    coalesce(licence_code = 'UNDANTAG', false) as is_exempt,
    coalesce(licence_code = 'JA', false) as has_licence,
    coalesce(licence_code = 'JA', false) and coalesce(is_qualified, false) as is_qualified_in_subject,
    is_qualified_in_any_subject,
    _load
from serving
