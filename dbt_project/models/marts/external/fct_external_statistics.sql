with units as (

    select * from {{ source('history', 'skolverket__final_grade_statistics') }}

),

-- one row per measure; what is comparable with an indicator of ours says with which
long as (

    {% for measure, unit, indicator_id in [
        ('pupils', 'number', none), ('all_subjects_share', 'percent', 'IND-03'),
        ('vocational_eligible_share', 'percent', 'IND-04.YP'), ('average_merit_value', 'points', 'IND-02')
    ] %}
    select
        school_unit_code,
        school_year,
        school_name,
        municipality_code,
        municipality_name,
        principal_type,
        principal_name,
        '{{ measure }}' as measure_id,
        '{{ unit }}' as unit,
        {{ "'" ~ indicator_id ~ "'" if indicator_id else 'cast(null as varchar)' }} as indicator_id,
        {{ measure }}_value as value,
        {{ measure }}_mark as mark,
        _load
    from units
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    school_unit_code,
    replace(school_year, '-', '/') as school_year,
    school_name,
    municipality_code,
    municipality_name,
    principal_type,
    principal_name,
    measure_id,
    unit,
    indicator_id,
    value,
    mark,
    'Statistik från Skolverket' as source_sv,
    _load
from long
