with posts as (

    -- a decimal, so that sums of posts are the same in whatever order they are made
    select
        person_key,
        school_unit_code,
        school_form_code,
        school_year,
        snapshot_date,
        is_exempt,
        is_qualified_in_any_subject,
        is_qualified_in_subject,
        cast(fte as decimal(12, 8)) as fte
    from {{ ref('fct_staff_service') }}
    where is_teacher and school_form_code in ('GR', 'GY')

),

pupils as (

    select
        school_unit_code,
        school_year,
        count(*) as pupils
    from {{ ref('fct_enrolment_snapshot') }}
    where is_counted
    group by school_unit_code, school_year

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

scopes as (

    select 'unit' as level
    union all
    select 'municipality'

),

teacher_cells as (

    select
        scopes.level,
        case scopes.level when 'unit' then posts.school_unit_code else units.municipality_code end as entity_code,
        posts.school_form_code,
        posts.school_year as period,
        posts.snapshot_date as period_end_on,
        count(distinct posts.person_key) as teachers,
        count(distinct case when not posts.is_exempt then posts.person_key end) as teachers_with_demand,
        sum(posts.fte) as posts_of_teachers,
        sum(posts.fte) filter (where not posts.is_exempt) as posts_with_demand,
        coalesce(sum(posts.fte) filter (where not posts.is_exempt and posts.is_qualified_in_any_subject), 0)
            as qualified,
        coalesce(sum(posts.fte) filter (where not posts.is_exempt and posts.is_qualified_in_subject), 0)
            as qualified_in_subject
    from posts
    left join units on posts.school_unit_code = units.school_unit_code
    cross join scopes
    group by
        scopes.level,
        case scopes.level when 'unit' then posts.school_unit_code else units.municipality_code end,
        posts.school_form_code,
        posts.school_year,
        posts.snapshot_date

),

-- only of units whose teachers are known, so that the pupils of other principals are divided by nobody
pupil_cells as (

    select
        scopes.level,
        case scopes.level when 'unit' then staffed.school_unit_code else units.municipality_code end as entity_code,
        staffed.school_form_code,
        staffed.school_year as period,
        sum(pupils.pupils) as pupils
    from (
        -- distinct: one row per unit, whatever number of teachers it has
        select distinct
            school_unit_code,
            school_form_code,
            school_year
        from posts
    ) as staffed
    inner join
        pupils
        on staffed.school_unit_code = pupils.school_unit_code and staffed.school_year = pupils.school_year
    left join units on staffed.school_unit_code = units.school_unit_code
    cross join scopes
    group by
        scopes.level,
        case scopes.level when 'unit' then staffed.school_unit_code else units.municipality_code end,
        staffed.school_form_code,
        staffed.school_year

),

cells as (

    select
        teacher_cells.*,
        'all' as breakdown,
        'all' as breakdown_value,
        case teacher_cells.school_form_code when 'GR' then 'IND-09.' else 'IND-09.GY.' end as definition,
        pupil_cells.pupils
    from teacher_cells
    left join
        pupil_cells
        on
            teacher_cells.level = pupil_cells.level
            and teacher_cells.entity_code = pupil_cells.entity_code
            and teacher_cells.school_form_code = pupil_cells.school_form_code
            and teacher_cells.period = pupil_cells.period
    where teacher_cells.entity_code is not null

),

long as (

    {{ cells_by_indicator('cells', [
        ("definition || 'QUALIFIED'", 'qualified', 'posts_with_demand', 'teachers_with_demand', none),
        ("definition || 'SUBJECT'", 'qualified_in_subject', 'posts_with_demand', 'teachers_with_demand', none),
        ("definition || 'PUPILS'", 'pupils', 'posts_of_teachers', 'teachers', none),
    ]) }}

)

select
    indicator_id,
    level,
    entity_code,
    breakdown,
    breakdown_value,
    period,
    period_end_on,
    value,
    n_denominator,
    n_numerator
from long
