with school_groups as (

    select * from {{ ref('mst_group') }}

)

select
    group_id,
    group_type,
    class_label,
    school_form_code,
    school_unit_code,
    start_date,
    end_date
from school_groups
