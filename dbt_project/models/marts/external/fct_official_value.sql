with series as (

    select * from {{ ref('ref_official_series') }}

),

of_municipalities as (

    select * from {{ source('history', 'kolada__municipality_value') }}
    where sex_code = 'T'

),

of_units as (

    select * from {{ source('history', 'kolada__unit_value') }}
    where sex_code = 'T' and school_unit_code is not null

),

statistics as (

    select * from {{ ref('fct_external_statistics') }}
    where indicator_id is not null

),

kolada as (

    select
        'municipality' as level,
        indicator_id as series,
        municipality_code as entity_code,
        year,
        value_value as value,
        value_mark as mark
    from of_municipalities
    union all
    select
        'unit',
        indicator_id,
        school_unit_code,
        year,
        value_value,
        value_mark
    from of_units

)

select
    series.indicator_id,
    series.level,
    kolada.entity_code,
    {{ school_year_of_spring("case series.year_of when 'spring' then kolada.year else kolada.year + 1 end") }}
        as period,
    series.publisher,
    series.series,
    kolada.value,
    kolada.mark,
    series.note_sv
from kolada
inner join series on kolada.series = series.series and kolada.level = series.level
union all
select
    indicator_id,
    'unit',
    school_unit_code,
    school_year,
    'Skolverket',
    measure_id,
    value,
    mark,
    'Samma definition'
from statistics
