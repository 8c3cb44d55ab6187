with subjects as (

    select * from {{ ref('ref_subject') }}

)

select
    subject_code,
    name_sv as subject_name_sv,
    name_en as subject_name_en,
    subject_area,
    is_ordinary,
    valid_from,
    valid_to
from subjects
