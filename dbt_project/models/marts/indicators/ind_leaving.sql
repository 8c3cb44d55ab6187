with leavers as (

    select * from {{ ref('fct_leaving') }}

),

units as (

    select * from {{ ref('mst_own_municipality_unit') }}

),

pupils as (

    select
        leavers.*,
        units.municipality_code,
        units.principal_type,
        leavers.school_year as period,
        {{ day_in_year('leavers.spring_year', '6', '30') }} as period_end_on
    from leavers
    left join units on leavers.school_unit_code = units.school_unit_code

),

scoped as (

    {{ scoped_rows('pupils', by_class=true, of_whole={'principal': 'principal_type'}) }}

),

-- the average merit value leaves out pupils whose merit value is 0; every share keeps them
cells as (

    select
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_end_on,
        count(*) as pupils,
        count(*) filter (where merit_value_17 > 0) as pupils_with_merit,
        sum(merit_value_17) as merit_17,
        sum(merit_value_16) as merit_16,
        count(*) filter (where has_passed_all) as passed_all,
        count(*) filter (where has_passed_all_strict) as passed_all_strict,
        count(*) filter (where is_eligible_yp) as eligible_yp,
        count(*) filter (where is_eligible_es) as eligible_es,
        count(*) filter (where is_eligible_ekhusa) as eligible_ekhusa,
        count(*) filter (where is_eligible_nate) as eligible_nate,
        count(*) filter (where is_eligible_imv) as eligible_imv
    from scoped
    group by level, entity_code, breakdown, breakdown_value, period, period_end_on

),

long as (

    {{ cells_by_indicator('cells', [
        ("'IND-02'", 'merit_17', 'pupils_with_merit', 'pupils_with_merit', none),
        ("'IND-02-16'", 'merit_16', 'pupils_with_merit', 'pupils_with_merit', none),
        ("'IND-03'", 'passed_all', 'pupils', 'pupils', 'passed_all'),
        ("'IND-03.STRICT'", 'passed_all_strict', 'pupils', 'pupils', 'passed_all_strict'),
        ("'IND-04.YP'", 'eligible_yp', 'pupils', 'pupils', 'eligible_yp'),
        ("'IND-04.ES'", 'eligible_es', 'pupils', 'pupils', 'eligible_es'),
        ("'IND-04.EKHUSA'", 'eligible_ekhusa', 'pupils', 'pupils', 'eligible_ekhusa'),
        ("'IND-04.NATE'", 'eligible_nate', 'pupils', 'pupils', 'eligible_nate'),
        ("'IND-04.IMV'", 'eligible_imv', 'pupils', 'pupils', 'eligible_imv'),
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
