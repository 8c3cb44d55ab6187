with merit as (

    select * from {{ ref('ind_leaving') }}
    where indicator_id = 'IND-02' and level = 'unit' and breakdown = 'all' and n_denominator > 0

),

background as (

    select * from {{ ref('fct_unit_background') }}

),

models as (

    select * from {{ ref('ref_salsa_model') }}

),

-- a unit with few pupils, or where little is known of them, has no expected value
cells as (

    select
        merit.level,
        merit.entity_code,
        merit.breakdown,
        merit.breakdown_value,
        merit.period,
        merit.period_end_on,
        merit.value as merit_value,
        merit.n_denominator as pupils,
        {{ expected_merit_value('models', 'background') }} as expected,
        models.standard_error
    from merit
    inner join
        background
        on merit.entity_code = background.school_unit_code and merit.period = background.school_year
    inner join models on {{ holds_on('models', 'merit.period_end_on') }}
    where
        background.pupils >= models.minimum_pupils
        and background.share_known >= models.minimum_known_percent

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-10.EXPECTED'", 'expected', '1', 'pupils', none),
        ("'IND-10.LOWER'", 'expected - standard_error', '1', 'pupils', none),
        ("'IND-10.UPPER'", 'expected + standard_error', '1', 'pupils', none),
        ("'IND-10.DEVIATION'", 'merit_value - expected', '1', 'pupils', none),
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
where value is not null
