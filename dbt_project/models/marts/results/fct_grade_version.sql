with final_grades as (

    select
        *,
        _recorded_at as recorded_from,
        _recorded_to as recorded_to
    from {{ source('recorded', 'scb__final_grade_year9') }}

),

year6_grades as (

    select
        *,
        _recorded_at as recorded_from,
        _recorded_to as recorded_to
    from {{ source('recorded', 'scb__grade_year6') }}

),

register_grades as (

    select * from {{ source('recorded', 'ss12000__grade') }}

),

syllabuses as (

    select * from {{ source('history', 'ss12000__syllabus') }}

),

organisations as (

    select * from {{ ref('mst_organisation') }}

),

aliases as (

    select * from {{ ref('ref_school_form_alias') }}

),

subjects as (

    select * from {{ ref('ref_subject') }}

),

occasions as (

    select * from {{ ref('ref_grade_occasion') }}

),

grade_values as (

    select * from {{ ref('ref_grade_value') }}

),

languages as (

    select * from {{ ref('ref_language_alias') }}

),

-- grades of grundskolan one by one, as the register of pupils has them: every term, trials, and final grades
registered as (

    select
        register_grades.person_key,
        organisations.school_unit_code,
        register_grades.year + case when register_grades.semester = 'HT' then 1 else 0 end as spring_year,
        cast(null as varchar) as class_label,
        case
            when register_grades.is_trial then 'trial'
            when register_grades.is_final then 'final_grade'
            when register_grades.semester = 'HT' then 'term_autumn'
            when register_grades.semester = 'VT' then 'term_spring'
        end as occasion_code,
        subjects.subject_code,
        {{ canonical_grade('register_grades.grade_value') }} as grade,
        upper(syllabuses.language_code) as language_code,
        register_grades.registered_date,
        register_grades.correction_type is not null as is_correction,
        register_grades._recorded_at as recorded_from,
        register_grades._recorded_to as recorded_to,
        register_grades._load,
        register_grades.grade_id
    from register_grades
    inner join syllabuses on register_grades.syllabus_id = syllabuses.syllabus_id
    inner join aliases on syllabuses.school_type = aliases.alias and aliases.school_form_code = 'GR'
    inner join subjects on upper(syllabuses.subject_designation) = subjects.subject_code
    left join organisations on register_grades.organisation_id = organisations.organisation_id

),

told as (

    select
        'scb.final_grade_year9' as dataset,
        person_key,
        school_unit_code,
        spring_year,
        class_label,
        occasion_code,
        subject_code,
        grade,
        language_code,
        cast(null as date) as registered_date,
        false as is_correction,
        recorded_from,
        recorded_to,
        _load,
        cast(null as varchar) as grade_id
    from ({{ grades_by_subject('final_grades', year9_subjects(), 'final_grade', ['recorded_from', 'recorded_to']) }})
    union all
    select
        'scb.grade_year6',
        person_key,
        school_unit_code,
        spring_year,
        class_label,
        occasion_code,
        subject_code,
        grade,
        language_code,
        null,
        false,
        recorded_from,
        recorded_to,
        _load,
        null
    from ({{ grades_by_subject('year6_grades', year6_subjects(), 'year6_spring', ['recorded_from', 'recorded_to']) }})
    union all
    select
        'ss12000.grade',
        person_key,
        school_unit_code,
        spring_year,
        class_label,
        occasion_code,
        subject_code,
        grade,
        language_code,
        registered_date,
        is_correction,
        recorded_from,
        recorded_to,
        _load,
        grade_id
    from registered
    where occasion_code is not null and spring_year is not null

),

-- of what was received at the same moment the grade registered last counts
at_a_moment as (

    select
        *,
        row_number() over (
            partition by dataset, person_key, school_unit_code, spring_year, occasion_code, subject_code, recorded_from
            order by registered_date desc nulls last, is_correction desc, _load desc, grade_id desc nulls last
        ) as nth
    from told
    where grade is not null

),

-- a file that says something else of another subject is no news of this one
compared as (

    select
        *,
        lag(grade) over versions as grade_before,
        lag(recorded_to) over versions as until_before
    from at_a_moment
    where nth = 1
    window
        versions as (
            partition by dataset, person_key, school_unit_code, spring_year, occasion_code, subject_code
            order by recorded_from
        )

),

-- the same grade told of without a break is one version
numbered as (

    select
        *,
        sum(
            case when grade is not distinct from grade_before and until_before >= recorded_from then 0 else 1 end
        ) over (
            partition by dataset, person_key, school_unit_code, spring_year, occasion_code, subject_code
            order by recorded_from
            rows unbounded preceding
        ) as version
    from compared

),

versions as (

    select
        dataset,
        person_key,
        school_unit_code,
        spring_year,
        occasion_code,
        subject_code,
        version,
        arg_max(class_label, recorded_from) as class_label,
        arg_max(language_code, recorded_from) as language_code,
        arg_max(grade, recorded_from) as grade,
        arg_max(registered_date, recorded_from) as registered_date,
        bool_or(is_correction) as is_correction,
        min(recorded_from) as recorded_from,
        case when count(*) = count(recorded_to) then max(recorded_to) end as known_to,
        max(_load) as _load
    from numbered
    group by dataset, person_key, school_unit_code, spring_year, occasion_code, subject_code, version

),

-- a version ends when the next begins, or when its source no longer has it
dated as (

    select
        versions.*,
        least(
            versions.known_to,
            lead(versions.recorded_from) over (
                partition by
                    versions.dataset,
                    versions.person_key,
                    versions.school_unit_code,
                    versions.spring_year,
                    versions.occasion_code,
                    versions.subject_code
                order by versions.version
            )
        ) as recorded_to,
        occasions.scale_id,
        coalesce(
            versions.registered_date,
            case
                when versions.occasion_code = 'term_autumn'
                    then
                        {{ day_in_year(
                            '(versions.spring_year - 1)', 'occasions.freeze_month', 'occasions.freeze_day'
                        ) }}
                else {{ day_in_year('versions.spring_year', 'occasions.freeze_month', 'occasions.freeze_day') }}
            end
        ) as graded_on
    from versions
    left join occasions on versions.occasion_code = occasions.occasion_code

)

select
    dated.person_key,
    dated.school_unit_code,
    dated.spring_year,
    {{ school_year_of_spring('dated.spring_year') }} as school_year,
    dated.occasion_code,
    dated.subject_code,
    dated.dataset,
    cast(dated.version as bigint) as version,
    dated.graded_on,
    dated.class_label,
    coalesce(languages.language_code, dated.language_code) as language_code,
    dated.grade,
    grade_values.points,
    coalesce(grade_values.counts_as_subject, false) as has_value,
    coalesce(grade_values.is_passed, false) as is_passed,
    dated.is_correction or dated.version > 1 as is_correction,
    dated.recorded_from,
    dated.recorded_to,
    dated.recorded_to is null as is_present,
    dated._load
from dated
left join
    grade_values
    on
        dated.scale_id = grade_values.scale_id
        and dated.grade = grade_values.grade
        and {{ holds_on('grade_values', 'dated.graded_on') }}
left join languages on dated.language_code = languages.alias
