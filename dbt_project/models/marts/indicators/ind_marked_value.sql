with computed as (

    select * from {{ ref('fct_indicator_value') }}

),

indicators as (

    select * from {{ ref('ref_indicator') }}

),

audience_cells as (

    select * from {{ ref('ref_audience_cell') }}

),

policies as (

    select * from {{ ref('ref_suppression_policy') }}

),

least_numbers as (

    select * from {{ ref('ref_least_number') }}

),

run_clock as (

    select * from {{ source('run', 'run_clock') }}

),

-- only closed periods, except for those who see the pupils themselves, who get pupils' figures alone; only the
-- indicators, levels and breakdowns that the audience gets, each with the audience's policy
cells as (

    select
        computed.*,
        audience_cells.audience,
        policies.policy_id,
        policies.k_min,
        policies.k_comp,
        policies.n_family,
        coalesce(policies.sees_pupils, false) as sees_pupils,
        case
            when least_numbers.least is not null then least_numbers.least
            when computed.is_mean then policies.k_mean
            else policies.k_min
        end as k_least,
        policies.suppressed_mark,
        policies.near_all_mark,
        policies.near_none_mark,
        policies.absent_mark,
        indicators.unit,
        indicators.is_sensitive,
        indicators.nested_group,
        indicators.split_group,
        indicators.count_indicator_id,
        coalesce(computed.n_denominator < indicators.minimum_n, false) as is_below_minimum
    from computed
    cross join run_clock
    inner join
        audience_cells
        on computed.level = audience_cells.level and computed.breakdown = audience_cells.breakdown
    inner join
        policies
        on audience_cells.audience = policies.audience and {{ holds_on('policies', 'run_clock.today') }}
    inner join
        indicators
        on computed.indicator_id = indicators.indicator_id and computed.indicator_version = indicators.version
    left join
        least_numbers
        on policies.policy_id = least_numbers.policy_id and indicators.counts = least_numbers.counts
    where
        indicators.is_published
        and {{ is_for_audience('indicators.audiences', 'audience_cells.audience') }}
        and case
            when policies.sees_pupils then indicators.counts = 'pupils'
            else computed.period_closed_on <= run_clock.today
        end

),

-- a mean leaves pupils out; the larger group that it is taken from is published beside it
with_group as (

    select
        cells.*,
        coalesce(larger.n_denominator, cells.n_denominator) as n_group
    from cells
    left join
        cells as larger
        on
            cells.count_indicator_id = larger.indicator_id
            and cells.audience = larger.audience
            and cells.level = larger.level
            and cells.entity_code = larger.entity_code
            and cells.breakdown_value = larger.breakdown_value
            and cells.period = larger.period

),

-- what each cell says of its own accord
primary_rules as (

    select
        *,
        n_group = 0 or not is_computed or (sees_pupils and n_denominator = 0) as is_empty,
        n_group > 0
        and is_computed
        and not (sees_pupils and n_denominator = 0)
        and {{ is_too_few('n_denominator', 'k_least') }} as is_few,
        is_share and {{ is_unsafe_count('n_denominator - n_numerator') }} as is_near_all,
        is_share and {{ is_unsafe_count('n_numerator') }} as is_near_none,
        is_sensitive
        and not sees_pupils
        and coalesce(value in (0, 1), false)
        and n_denominator < 2 * k_min as is_all_same,
        {{ is_unsafe_count('n_group - n_denominator') }} as is_difference_unsafe
    from with_group

),

-- in a small group a near mark would mislead (7 of 11 is no "nearly all"), so that the share is kept back (R2); nested
-- indicators are one table, in which one such member hides them all (R11)
family_rule as (

    select
        *,
        count(case when (is_near_all or is_near_none) and n_denominator < n_family then 1 end) over (
            partition by
                audience, family, coalesce(nested_group, indicator_id), level, entity_code, breakdown_value, period
        ) > 0 as is_hidden_by_family
    from primary_rules

),

own_state as (

    select
        *,
        is_few or is_all_same or is_hidden_by_family as hides_value,
        is_few or is_difference_unsafe as hides_n,
        not is_few and not is_hidden_by_family and (is_near_all or is_near_none) as is_near
    from family_rule

),

-- shares that have every pupil once between them: one that is kept back would be what is left, so the smallest of the
-- others is too
split_lines as (

    select
        *,
        count(case when hides_value or is_near then 1 end) over (
            partition by audience, split_group, level, entity_code, breakdown_value, period
        ) as kept_back_of_split,
        row_number() over (
            partition by audience, split_group, level, entity_code, breakdown_value, period, hides_value or is_near
            order by n_numerator asc, indicator_id asc
        ) as nth_of_split
    from own_state

),

split_state as (

    select
        *,
        hides_value or (
            split_group is not null and not is_empty and not is_near and kept_back_of_split = 1 and nth_of_split = 1
        ) as hides_value_or_rest
    from split_lines

),

-- girls and boys, kinds of principal, homes: what is kept back for one is kept back for the other, since the total is
-- published
sex_pair as (

    select
        *,
        breakdown in ('sex', 'principal', 'home') and not is_empty and {{ any_other(
            'hides_value_or_rest or is_near', 'audience, indicator_id, level, entity_code, breakdown, period'
        ) }} as pair_hides_value,
        breakdown in ('sex', 'principal', 'home') and not is_empty and {{ any_other(
            'hides_n', 'audience, indicator_id, level, entity_code, breakdown, period'
        ) }} as pair_hides_n
    from split_state

),

paired as (

    select
        audience,
        indicator_id,
        indicator_version,
        family,
        level,
        entity_code,
        breakdown,
        breakdown_value,
        period,
        period_closed_on,
        value,
        unit,
        n_denominator,
        is_empty,
        policy_id,
        suppressed_mark,
        near_all_mark,
        near_none_mark,
        absent_mark,
        is_near_all,
        bool_or(is_below_minimum and not is_empty) over (
            partition by audience, indicator_id, level, entity_code, breakdown, period
        ) as is_below_minimum,
        is_near and not pair_hides_value as is_near,
        hides_value_or_rest or pair_hides_value as hides_value,
        hides_n or pair_hides_n as hides_n
    from sex_pair

),

-- units under their municipality: one hidden unit could be had by subtraction, so the smallest shown one goes too
unit_lines as (

    select
        audience,
        indicator_id,
        period,
        entity_code,
        hides_n,
        hides_value,
        is_empty,
        hides_value or is_near as keeps_back_value,
        count(case when hides_n then 1 end) over (partition by audience, indicator_id, period) as units_without_n,
        count(case when hides_n and hides_value then 1 end) over (
            partition by audience, indicator_id, period
        ) as units_without_all,
        count(case when hides_value or is_near then 1 end) over (
            partition by audience, indicator_id, period
        ) as units_without_value,
        row_number() over (
            partition by audience, indicator_id, period, is_empty or hides_n order by n_denominator asc, entity_code asc
        ) as nth_with_n,
        row_number() over (
            partition by audience, indicator_id, period, is_empty or hides_value or is_near
            order by n_denominator asc, entity_code asc
        ) as nth_with_value
    from paired
    where level = 'unit' and breakdown = 'all'

),

unit_complements as (

    select
        'unit' as level,
        audience,
        indicator_id,
        period,
        entity_code,
        not is_empty and not hides_n and units_without_n = 1 and nth_with_n = 1 as hides_n,
        not is_empty and (
            (not hides_n and units_without_n = 1 and units_without_all = 1 and nth_with_n = 1)
            or (
                not keeps_back_value
                and units_without_value = 1
                and not (units_without_n = 1 and units_without_all = 1)
                and nth_with_value = 1
            )
        ) as hides_value
    from unit_lines

),

-- what is hidden for a unit is hidden for its girls and boys, who would add up to it
with_complements as (

    select
        paired.*,
        coalesce(not paired.is_empty and unit_complements.hides_value, false) as complement_hides_value,
        coalesce(not paired.is_empty and unit_complements.hides_n, false) as complement_hides_n
    from paired
    left join
        unit_complements
        on
            paired.level = unit_complements.level
            and paired.audience = unit_complements.audience
            and paired.indicator_id = unit_complements.indicator_id
            and paired.period = unit_complements.period
            and paired.entity_code = unit_complements.entity_code

),

-- girls and boys of the units: if only one unit is kept back, the smallest other unit is too, both sexes
units_by_sex as (

    select
        audience,
        indicator_id,
        period,
        entity_code,
        sum(n_denominator) as pupils,
        bool_or(hides_value or is_near or hides_n or complement_hides_value or complement_hides_n) as is_kept_back,
        bool_or(hides_n or complement_hides_n) as is_kept_back_n,
        bool_or(is_empty) as has_empty
    from with_complements
    where level = 'unit' and breakdown = 'sex'
    group by audience, indicator_id, period, entity_code

),

sex_lines as (

    select
        *,
        count(case when is_kept_back then 1 end) over (partition by audience, indicator_id, period) as units_kept_back,
        count(case when is_kept_back_n then 1 end) over (partition by audience, indicator_id, period)
            as units_kept_back_n,
        row_number() over (
            partition by audience, indicator_id, period, is_kept_back or has_empty
            order by pupils asc, entity_code asc
        ) as nth_shown
    from units_by_sex

),

sex_complements as (

    select
        'unit' as level,
        'sex' as breakdown,
        audience,
        indicator_id,
        period,
        entity_code,
        units_kept_back_n > 0 as hides_n
    from sex_lines
    where not is_kept_back and not has_empty and units_kept_back = 1 and nth_shown = 1

),

decided as (

    select
        with_complements.*,
        with_complements.hides_value
        or with_complements.complement_hides_value
        or (with_complements.is_below_minimum and not with_complements.is_empty)
        or sex_complements.entity_code is not null as is_value_hidden,
        with_complements.hides_n
        or with_complements.complement_hides_n
        or coalesce(sex_complements.hides_n, false) as is_n_hidden
    from with_complements
    left join
        sex_complements
        on
            with_complements.level = sex_complements.level
            and with_complements.breakdown = sex_complements.breakdown
            and with_complements.audience = sex_complements.audience
            and with_complements.indicator_id = sex_complements.indicator_id
            and with_complements.period = sex_complements.period
            and with_complements.entity_code = sex_complements.entity_code

)

-- a value that is not published is not here either
select
    audience,
    indicator_id,
    indicator_version,
    family,
    level,
    entity_code,
    breakdown,
    breakdown_value,
    period,
    period_closed_on,
    case when not is_empty and not is_value_hidden and not is_near then {{ published_value('value', 'unit') }} end
        as value,
    case
        when is_empty then absent_mark
        when is_value_hidden then suppressed_mark
        when is_near and is_near_all then near_all_mark
        when is_near then near_none_mark
    end as mark,
    case when not is_n_hidden then n_denominator end as n,
    case when is_n_hidden then suppressed_mark end as n_mark,
    policy_id
from decided
