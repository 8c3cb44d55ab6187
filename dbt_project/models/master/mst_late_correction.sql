-- Pupils whom the register now places otherwise on a count day than when the count was frozen. The count stands; this
-- table says what came too late for it.
with frozen as (

    select * from {{ ref('mst_counted_enrolment') }}

),

spans as (

    select * from {{ ref('mst_enrolment_span') }}

),

count_days as (

    select distinct
        school_year,
        snapshot_date,
        frozen_on
    from frozen
    where is_frozen

),

present as (

    select
        spans.*,
        count_days.snapshot_date,
        row_number() over (
            partition by spans.person_key, count_days.snapshot_date order by {{ order_of_attribution('spans') }}
        ) as nth
    from spans
    inner join count_days on {{ holds_during('spans', 'count_days.snapshot_date') }}
    where spans.is_main

),

frozen_pupils as (

    select * from frozen
    where is_frozen and is_counted

),

present_pupils as (

    select * from present
    where nth = 1 and not is_in_conflict

),

compared as (

    select
        coalesce(frozen_pupils.person_key, present_pupils.person_key) as person_key,
        coalesce(frozen_pupils.snapshot_date, present_pupils.snapshot_date) as snapshot_date,
        case
            when frozen_pupils.person_key is null then 'joined'
            when present_pupils.person_key is null then 'left'
            when (frozen_pupils.school_unit_code is distinct from present_pupils.school_unit_code) then 'moved'
            when
                (frozen_pupils.school_form_code is distinct from present_pupils.school_form_code)
                or (frozen_pupils.grade_year is distinct from present_pupils.grade_year)
                then 'changed'
        end as change_code,
        frozen_pupils.school_unit_code,
        frozen_pupils.school_form_code,
        frozen_pupils.grade_year,
        present_pupils.school_unit_code as present_school_unit_code,
        present_pupils.school_form_code as present_school_form_code,
        present_pupils.grade_year as present_grade_year,
        coalesce(present_pupils._load, frozen_pupils._load) as _load
    from frozen_pupils
    full outer join
        present_pupils
        on
            frozen_pupils.person_key = present_pupils.person_key
            and frozen_pupils.snapshot_date = present_pupils.snapshot_date

)

select
    compared.person_key,
    count_days.school_year,
    compared.snapshot_date,
    count_days.frozen_on,
    compared.change_code,
    compared.school_unit_code,
    compared.present_school_unit_code,
    compared.school_form_code,
    compared.present_school_form_code,
    compared.grade_year,
    compared.present_grade_year,
    compared._load
from compared
inner join count_days on compared.snapshot_date = count_days.snapshot_date
where compared.change_code is not null
