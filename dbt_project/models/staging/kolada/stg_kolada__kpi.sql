with indicators as (

    select * from {{ source('kolada', 'kpi') }}

),

typed as (

    select
        {{ as_text('indicator_id') }} as indicator_id,
        {{ as_text('title') }} as title,
        {{ as_text('indicator_description') }} as indicator_description,
        {{ as_text('operating_area') }} as operating_area,
        {{ as_text('municipality_type') }} as municipality_type,
        {{ as_boolean('is_divided_by_sex') }} as is_divided_by_sex,
        {{ as_boolean('has_unit_values') }} as has_unit_values,
        {{ as_date('publication_date') }} as publication_date,
        _load,
        _row
    from indicators

)

select
    indicator_id,
    title,
    indicator_description,
    operating_area,
    municipality_type,
    is_divided_by_sex,
    has_unit_values,
    publication_date,
    _load,
    _row
from typed
