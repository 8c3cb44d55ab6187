with posts as (

    select * from {{ source('history', 'personal__staff_service') }}

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

-- the extract repeats the share of full time for each subject of a post; here it is split over them
serving as (

    select
        posts.*,
        count_days.school_year,
        count_days.spring_year,
        count_days.snapshot_date,
        count(*) over (
            partition by posts.person_key, posts.school_unit_code, posts.role_name, count_days.snapshot_date
        ) as subjects_of_post,
        bool_or(coalesce(posts.is_qualified, false) and coalesce(posts.licence_code = 'JA', false)) over (
            partition by posts.person_key, count_days.snapshot_date
        ) as is_qualified_in_any_subject
    from posts
    inner join count_days on {{ holds_during('posts', 'count_days.snapshot_date') }}

)

select
    person_key,
    school_unit_code,
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
