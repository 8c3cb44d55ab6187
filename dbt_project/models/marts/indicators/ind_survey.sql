with answers as (

    select * from {{ ref('fct_survey_answer') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

survey_groups as (

    select * from {{ ref('ref_survey_group') }}

),

indices as (

    select * from {{ ref('ref_survey_index') }}

),

grouped as (

    select
        answers.*,
        survey_groups.group_code,
        indices.index_code,
        units.municipality_code,
        {{ school_year_of_spring('answers.survey_year') }} as period,
        {{ day_in_year('answers.survey_year', '6', '30') }} as period_end_on
    from answers
    inner join
        survey_groups
        on
            answers.respondent_kind = survey_groups.respondent_kind
            and answers.grade_year between survey_groups.from_grade_year and survey_groups.to_grade_year
            and {{ holds_on('survey_groups', day_in_year('answers.survey_year', '6', '30')) }}
    left join indices on answers.index_name = indices.index_name
    left join units on answers.school_unit_code = units.school_unit_code

),

respondents as (

    select
        period,
        period_end_on,
        group_code,
        index_code,
        school_unit_code,
        municipality_code,
        respondent_number,
        count(*) filter (where is_answered) as answered,
        count(*) filter (where is_positive) as positive,
        {{ index_of_respondent('answer_value', 'counts_in_index') }} as index_value
    from grouped
    where index_code is not null
    group by
        period, period_end_on, group_code, index_code, school_unit_code, municipality_code, respondent_number

),

asked as (

    -- the file repeats on every row how many were invited
    select
        period,
        period_end_on,
        group_code,
        school_unit_code,
        municipality_code,
        grade_year,
        max(invited) as invited,
        count(distinct respondent_number) as respondents
    from grouped
    group by period, period_end_on, group_code, school_unit_code, municipality_code, grade_year

),

scopes as (

    select 'unit' as level
    union all
    select 'municipality'

),

answer_cells as (

    select
        scopes.level,
        case scopes.level when 'unit' then respondents.school_unit_code else respondents.municipality_code end
            as entity_code,
        respondents.period,
        respondents.period_end_on,
        respondents.group_code || '.' || respondents.index_code as topic,
        count(*) filter (where respondents.answered > 0) as respondents,
        sum(respondents.answered) as answers,
        sum(respondents.positive) as positive,
        count(respondents.index_value) as with_index,
        sum(respondents.index_value) as index_sum
    from respondents
    cross join scopes
    group by
        scopes.level,
        case scopes.level when 'unit' then respondents.school_unit_code else respondents.municipality_code end,
        respondents.period,
        respondents.period_end_on,
        respondents.group_code || '.' || respondents.index_code

),

response_cells as (

    select
        scopes.level,
        case scopes.level when 'unit' then asked.school_unit_code else asked.municipality_code end as entity_code,
        asked.period,
        asked.period_end_on,
        asked.group_code,
        sum(asked.respondents) as respondents,
        sum(asked.invited) as invited
    from asked
    cross join scopes
    group by
        scopes.level,
        case scopes.level when 'unit' then asked.school_unit_code else asked.municipality_code end,
        asked.period,
        asked.period_end_on,
        asked.group_code

),

long as (

    select
        'IND-08.' || topic || '.INDEX' as indicator_id,
        level,
        entity_code,
        period,
        period_end_on,
        index_sum / nullif(with_index, 0) as value,
        with_index as n_denominator
    from answer_cells
    union all
    select
        'IND-08.' || topic || '.POSITIVE',
        level,
        entity_code,
        period,
        period_end_on,
        positive / nullif(cast(answers as double), 0),
        respondents
    from answer_cells
    union all
    select
        'IND-08.' || group_code || '.RESPONSE',
        level,
        entity_code,
        period,
        period_end_on,
        respondents / nullif(cast(invited as double), 0),
        respondents
    from response_cells

)

select
    indicator_id,
    level,
    entity_code,
    'all' as breakdown,
    'all' as breakdown_value,
    period,
    period_end_on,
    cast(value as double) as value,
    cast(n_denominator as bigint) as n_denominator,
    cast(null as bigint) as n_numerator
from long
where entity_code is not null
