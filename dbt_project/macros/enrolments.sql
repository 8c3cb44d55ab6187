{# Enrolments as they are counted: which of several, the stage, bridged gaps, conflicts. Macros because the same is asked
   of what is known now (mst_enrolment_span) and of what was known when a count of pupils was frozen
   (mst_counted_enrolment). #}

{# The enrolments of a relation with canonical school form and the unit's national code. Needs the relations
   organisations and aliases; `by` names columns that are carried along. #}
{% macro mapped_enrolments(enrolments, by=[]) %}
    select
        {{ carried(enrolments, by) }}
        {{ enrolments }}.person_key,
        {{ enrolments }}.organisation_id,
        organisations.school_unit_code,
        {{ enrolments }}.school_type,
        aliases.school_form_code,
        {{ enrolments }}.grade_year,
        {{ enrolments }}.start_date,
        {{ enrolments }}.end_date,
        coalesce({{ enrolments }}.is_cancelled, false) as is_cancelled,
        {{ enrolments }}.education_code,
        {{ enrolments }}._load
    from {{ enrolments }}
    left join organisations on {{ enrolments }}.organisation_id = organisations.organisation_id
    left join aliases on {{ enrolments }}.school_type = aliases.alias
{% endmacro %}

{# Columns that are carried along, each followed by a comma. #}
{% macro carried(relation, columns) -%}
    {% for column in columns %}{{ relation }}.{{ column }},{% endfor %}
{%- endmacro %}

{# Two rows are of the same count. #}
{% macro alike(one, other, columns) -%}
    {% for column in columns %}and {{ one }}.{{ column }} = {{ other }}.{{ column }}{% endfor %}
{%- endmacro %}

{# Parts of a query, the first after `with …,`, that end in `counted_spans`. Needs the relations enrolments,
   school_forms, grade_years, programmes and thresholds; what has different values in the columns `by` does not meet. #}
{% macro counted_spans(by=[]) %}
-- enrolments that have ever held; the school form on the first day says whether it is a main one
spans as (

    select
        {{ carried('enrolments', by) }}
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
        {{ carried('spans', by) }}
        spans.person_key,
        spans.organisation_id,
        spans.school_type,
        spans.start_date,
        min(others.start_date) filter (where others.start_date > spans.end_date) as next_start_date,
        bool_or(
            others.start_date <= spans.end_date + 1 and coalesce(others.end_date, date '9999-12-31') > spans.end_date
        ) as is_continued
    from spans
    inner join spans as others on spans.person_key = others.person_key {{ alike('spans', 'others', by) }}
    where spans.is_main and others.is_main and spans.end_date is not null
    group by {{ carried('spans', by) }} spans.person_key, spans.organisation_id, spans.school_type, spans.start_date

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
                spans.person_key = followed.person_key {{ alike('spans', 'followed', by) }}
                and spans.organisation_id is not distinct from followed.organisation_id
                and spans.school_type is not distinct from followed.school_type
                and spans.start_date = followed.start_date
    ) as with_next

),

conflicts as (

    select
        {{ carried('one', by) }}
        one.person_key,
        one.organisation_id,
        one.school_type,
        one.start_date,
        count(*) as conflicts
    from spans as one
    inner join spans as other
        on one.person_key = other.person_key {{ alike('one', 'other', by) }} and {{ enrolments_conflict('one', 'other') }}
    group by {{ carried('one', by) }} one.person_key, one.organisation_id, one.school_type, one.start_date

),

counted_spans as (

    select
        {{ carried('gaps', by) }}
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
            gaps.person_key = conflicts.person_key {{ alike('gaps', 'conflicts', by) }}
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

)
{% endmacro %}
