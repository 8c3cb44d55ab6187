with school_years as (

    select * from {{ ref('ref_school_year') }}

),

terms as (

    select * from {{ ref('ref_term') }}

),

holidays as (

    select * from {{ ref('ref_public_holiday') }}

),

bounds as (

    select
        min(start_date) as first_day,
        max(end_date) as last_day
    from school_years

),

days as (

    select cast(unnest(range(first_day, last_day + 1, interval 1 day)) as date) as calendar_date
    from bounds

)

select
    days.calendar_date,
    school_years.school_year,
    terms.term_code,
    {{ month_name('days.calendar_date') }} as month,
    cast(extract('isoyear' from days.calendar_date) as bigint) as iso_year,
    cast(extract('week' from days.calendar_date) as bigint) as iso_week,
    cast(extract('isodow' from days.calendar_date) as bigint) as weekday,
    extract('isodow' from days.calendar_date) > 5 as is_weekend,
    holidays.name_sv as holiday_name_sv
from days
inner join school_years on days.calendar_date between school_years.start_date and school_years.end_date
inner join terms on days.calendar_date between terms.start_date and terms.end_date
left join holidays on days.calendar_date = holidays.holiday
