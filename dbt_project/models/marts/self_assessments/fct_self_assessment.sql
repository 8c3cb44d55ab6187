with lika as (

    select * from {{ source('history', 'sjalvskattning__lika_answer') }}

),

selfie as (

    select * from {{ source('history', 'sjalvskattning__selfie_average') }}

),

terms as (

    select * from {{ ref('ref_term') }}

),

tools as (

    select * from {{ ref('ref_self_assessment_tool') }}

),

areas as (

    select * from {{ ref('ref_self_assessment_area') }}

),

respondent_groups as (

    select * from {{ ref('ref_self_assessment_group') }}

),

-- in LIKA the unit answers as one
everything as (

    select
        'LIKA' as tool_code,
        round_year,
        term_code,
        school_unit_code,
        'Skolenheten' as respondent_group,
        area_name,
        item_code,
        case when score is null then 0 else 1 end as answers,
        score,
        _load
    from lika
    union all
    select
        'SELFIE',
        round_year,
        term_code,
        school_unit_code,
        respondent_group,
        area_name,
        item_code,
        answers,
        average,
        _load
    from selfie

)

-- a second round of a school year takes the place of the first one's answers of the same group
select
    everything.tool_code,
    terms.school_year,
    cast(everything.round_year as bigint) as round_year,
    everything.term_code,
    everything.school_unit_code,
    everything.respondent_group,
    respondent_groups.group_code,
    areas.area_code,
    everything.item_code,
    cast(everything.answers as bigint) as answers,
    everything.score,
    coalesce(
        areas.area_code is not null
        and respondent_groups.group_code is not null
        and everything.answers > 0
        and everything.score between tools.least_score and tools.greatest_score,
        false
    ) as is_counted,
    coalesce(
        everything.round_year = max(case when everything.answers > 0 then everything.round_year end) over (
            partition by
                everything.tool_code,
                everything.school_unit_code,
                coalesce(respondent_groups.group_code, lower(everything.respondent_group)),
                terms.school_year
        ),
        false
    ) as is_latest_round,
    everything._load
from everything
inner join terms on everything.term_code || cast(everything.round_year as varchar) = terms.term_code
left join
    tools
    on everything.tool_code = tools.tool_code and {{ holds_on('tools', 'terms.start_date') }}
left join
    areas
    on everything.tool_code = areas.tool_code and lower(everything.area_name) = lower(areas.area_name)
left join
    respondent_groups
    on
        everything.tool_code = respondent_groups.tool_code
        and lower(everything.respondent_group) = lower(respondent_groups.group_name)
