with duties as (

    select * from {{ source('history', 'ss12000__duty') }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

)

select
    duties.duty_id,
    duties.person_key,
    duties.organisation_id,
    organisations.school_unit_code,
    duties.duty_role,
    duties.duty_percent,
    duties.start_date,
    duties.end_date,
    duties._load
from duties
left join organisations on duties.organisation_id = organisations.organisation_id
