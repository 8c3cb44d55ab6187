with persons as (

    select * from {{ source('ss12000', 'person') }}

),

-- of the birth date only the year is kept; names and numbers end here
typed as (

    select
        _person_key as person_key,
        _record_key as record_key,
        _is_protected,
        {{ canonical_sex('sex') }} as sex_code,
        year({{ as_date('birth_date') }}) as birth_year,
        {{ as_text('person_status') }} as person_status,
        {{ canonical_municipality('home_municipality_code') }} as home_municipality_code,
        _is_entity,
        _load,
        _row
    from persons

)

select
    person_key,
    record_key,
    _is_protected,
    sex_code,
    birth_year,
    person_status,
    home_municipality_code,
    _is_entity,
    _load,
    _row
from typed
