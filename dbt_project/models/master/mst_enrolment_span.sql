with enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

school_forms as (

    select * from {{ ref('ref_school_form') }}

),

grade_years as (

    select * from {{ ref('ref_grade_year') }}

),

programmes as (

    select * from {{ ref('ref_programme') }}

),

thresholds as (

    select * from {{ ref('ref_threshold') }}
    where threshold_id = 'enrolment_gap_days'

),

-- enrolments that have ever held; the school form on the first day says whether it is a main one
spans as (

    select
        enrolments.person_key,
        enrolments.organisation_id,
        enrolments.school_unit_code,
        enrolments.school_type,
        enrolments.school_form_code,
        enrolments.grade_year,
        enrolments.education_code,
        enrolments.start_date,
        enrolments.end_date,
        enrolments.is_cancelled,
        enrolments._load,
        coalesce(school_forms.is_main, false) as is_main,
        school_forms.attribution_priority
    from enrolments
    left join
        school_forms
        on
            enrolments.school_form_code = school_forms.school_form_code
            and {{ holds_on('school_forms', 'enrolments.start_date') }}
    where
        enrolments.start_date is not null
        and (enrolments.end_date is null or enrolments.start_date <= enrolments.end_date)

),

-- what comes after a main enrolment: when the next one begins, and whether another fills the time
followed as (

    select
        spans.person_key,
        spans.organisation_id,
        spans.school_type,
        spans.start_date,
        min(others.start_date) filter (where others.start_date > spans.end_date) as next_start_date,
        bool_or(
            others.start_date <= spans.end_date + 1 and coalesce(others.end_date, date '9999-12-31') > spans.end_date
        ) as is_continued
    from spans
    inner join spans as others on spans.person_key = others.person_key
    where spans.is_main and others.is_main and spans.end_date is not null
    group by spans.person_key, spans.organisation_id, spans.school_type, spans.start_date

),

gaps as (

    select
        *,
        case when not is_continued then {{ days_between('end_date', 'next_start_date') }} end as gap_days
    from (
        select
            spans.*,
            followed.next_start_date,
            coalesce(followed.is_continued, false) as is_continued
        from spans
        left join
            followed
            on
                spans.person_key = followed.person_key
                and spans.organisation_id is not distinct from followed.organisation_id
                and spans.school_type is not distinct from followed.school_type
                and spans.start_date = followed.start_date
    ) as with_next

),

conflicts as (

    select
        one.person_key,
        one.organisation_id,
        one.school_type,
        one.start_date,
        count(*) as conflicts
    from spans as one
    inner join spans as other
        on one.person_key = other.person_key and {{ enrolments_conflict('one', 'other') }}
    group by one.person_key, one.organisation_id, one.school_type, one.start_date

)

select
    gaps.person_key,
    gaps.organisation_id,
    gaps.school_unit_code,
    gaps.school_type,
    gaps.school_form_code,
    gaps.grade_year,
    grade_years.stage_code,
    programmes.programme_code,
    programmes.kind as programme_kind,
    gaps.start_date,
    case
        when {{ is_bridged('gaps.gap_days', 'thresholds.value') }} then gaps.next_start_date - 1 else gaps.end_date
    end as end_date,
    gaps.end_date as stated_end_date,
    gaps.gap_days,
    {{ is_bridged('gaps.gap_days', 'thresholds.value') }} as is_bridged,
    gaps.is_cancelled,
    gaps.is_main,
    gaps.attribution_priority,
    conflicts.conflicts is not null as is_in_conflict,
    gaps._load
from gaps
left join
    conflicts
    on
        gaps.person_key = conflicts.person_key
        and gaps.organisation_id is not distinct from conflicts.organisation_id
        and gaps.school_type is not distinct from conflicts.school_type
        and gaps.start_date = conflicts.start_date
left join
    grade_years
    on
        gaps.school_form_code = grade_years.school_form_code
        and gaps.grade_year = grade_years.grade_year
        and {{ holds_on('grade_years', 'gaps.start_date') }}
left join
    programmes
    on
        gaps.school_form_code = 'GY'
        and programmes.programme_code = {{ programme_of('gaps.education_code') }}
left join thresholds on {{ holds_on('thresholds', 'gaps.start_date') }}
