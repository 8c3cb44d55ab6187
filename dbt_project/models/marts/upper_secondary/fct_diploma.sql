with certificates as (

    select * from {{ source('history', 'gymnasiebetyg__final_certificate') }}

),

grades as (

    select * from {{ ref('fct_upper_secondary_grade') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

kinds as (

    select * from {{ ref('ref_gy_certificate') }}

),

programmes as (

    select * from {{ ref('ref_programme') }}

),

diploma_rules as (

    select * from {{ ref('ref_gy_diploma_rule') }}

),

requirements as (

    select * from {{ ref('ref_gy_diploma_requirement') }}

),

issued as (

    select
        certificates.person_key,
        certificates.spring_year,
        certificates.school_unit_code,
        certificates.certificate_code,
        certificates.issued_date as issued_on,
        certificates.education_code,
        {{ programme_of('certificates.education_code') }} as programme_code,
        programmes.kind as programme_kind,
        coalesce(kinds.is_diploma, false) as is_diploma,
        coalesce(kinds.is_final and certificates.credits >= kinds.least_credits, false) as is_final,
        certificates.credits as stated_credits,
        certificates.has_passed_project,
        certificates._load as certificate_load,
        certificates._row as certificate_row
    from certificates
    left join
        kinds
        on
            certificates.certificate_code = kinds.certificate_code
            and {{ holds_on('kinds', 'certificates.issued_date') }}
    left join programmes on {{ programme_of('certificates.education_code') }} = programmes.programme_code

),

-- the grades behind a certificate: all that were set by the day of issue, at whatever unit
grades_behind as (

    select
        issued.certificate_load,
        issued.certificate_row,
        issued.issued_on,
        issued.programme_kind,
        grades.school_unit_code,
        grades.grade_kind,
        grades.code,
        grades.level,
        grades.subject_code,
        grades.category,
        grades.credits,
        grades.grade,
        grades.points,
        grades.is_graded,
        grades.is_passed,
        grades.is_diploma_project,
        grades.graded_on,
        grades._load
    from issued
    inner join grades on issued.person_key = grades.person_key and issued.issued_on >= grades.graded_on

),

counted as (

    {{ counted_grades('grades_behind', 'certificate_load, certificate_row') }}

),

sums as (

    select
        counted.certificate_load,
        counted.certificate_row,
        cast(sum(counted.credits) as bigint) as graded_credits,
        cast(coalesce(sum(counted.credits) filter (where counted.is_counted_passed), 0) as bigint) as passed_credits,
        cast(
            coalesce(
                sum(counted.credits) filter (
                    where counted.is_counted_passed and counted.category = diploma_rules.common_category
                ),
                0
            ) as bigint
        ) as common_credits,
        bool_or(counted.is_diploma_project and counted.is_counted_passed) as has_passed_project,
        -- a decimal, so that the sum is the same in whatever order it is made
        sum(cast(counted.counted_points as decimal(4, 1)) * counted.credits) filter (
            where not counted.is_diploma_project
        ) as weighted_points,
        cast(sum(counted.credits) filter (where not counted.is_diploma_project) as bigint) as averaged_credits
    from counted
    left join
        diploma_rules
        on
            counted.programme_kind = diploma_rules.programme_kind
            and {{ holds_on('diploma_rules', 'counted.issued_on') }}
    where counted.is_counted
    group by counted.certificate_load, counted.certificate_row

),

-- a level of a subject meets what that level or a lower one is asked for, a course only what it is itself
met as (

    select
        counted.certificate_load,
        counted.certificate_row,
        -- distinct: passing two alternatives meets one requirement
        count(distinct requirements.requirement) as met
    from counted
    inner join
        requirements
        on
            counted.programme_kind = requirements.programme_kind
            and counted.grade_kind = requirements.grade_kind
            and counted.subject_code = requirements.subject_code
            and (
                counted.level = requirements.level
                or (counted.grade_kind = 'subject' and counted.level > requirements.level)
            )
            and {{ holds_on('requirements', 'counted.issued_on') }}
    where counted.is_counted_passed
    group by counted.certificate_load, counted.certificate_row

),

required as (

    select
        issued.certificate_load,
        issued.certificate_row,
        -- distinct: alternatives are one requirement
        count(distinct requirements.requirement) as required
    from issued
    inner join
        requirements
        on issued.programme_kind = requirements.programme_kind and {{ holds_on('requirements', 'issued.issued_on') }}
    group by issued.certificate_load, issued.certificate_row

),

judged as (

    select
        issued.person_key,
        issued.spring_year,
        issued.school_unit_code,
        issued.certificate_code,
        issued.issued_on,
        issued.education_code,
        issued.programme_code,
        issued.programme_kind,
        issued.is_diploma,
        issued.is_final,
        issued.stated_credits,
        coalesce(sums.graded_credits, 0) as graded_credits,
        coalesce(sums.passed_credits, 0) as passed_credits,
        coalesce(sums.common_credits, 0) as common_credits,
        cast(coalesce(required.required, 0) - coalesce(met.met, 0) as bigint) as missing_requirements,
        coalesce(issued.has_passed_project, sums.has_passed_project, false) as has_passed_project,
        coalesce(sums.graded_credits >= diploma_rules.graded_credits, false) as has_graded_credits,
        coalesce(sums.passed_credits >= diploma_rules.passed_credits, false) as has_passed_credits,
        coalesce(coalesce(sums.common_credits, 0) >= diploma_rules.common_credits, false) as has_common_credits,
        coalesce(met.met = required.required, false) as has_required_subjects,
        sums.averaged_credits,
        cast(sums.weighted_points as double) / nullif(sums.averaged_credits, 0) as grade_points,
        issued.certificate_load as _load,
        issued.certificate_row as _row
    from issued
    left join
        sums
        on issued.certificate_load = sums.certificate_load and issued.certificate_row = sums.certificate_row
    left join
        met
        on issued.certificate_load = met.certificate_load and issued.certificate_row = met.certificate_row
    left join
        required
        on issued.certificate_load = required.certificate_load and issued.certificate_row = required.certificate_row
    left join
        diploma_rules
        on
            issued.programme_kind = diploma_rules.programme_kind
            and {{ holds_on('diploma_rules', 'issued.issued_on') }}

)

-- who got two certificates in a school year is one leaver: the diploma counts, else the later one
select
    judged.person_key,
    judged.spring_year,
    {{ school_year_of_spring('judged.spring_year') }} as school_year,
    judged.school_unit_code,
    judged.certificate_code,
    judged.issued_on,
    judged.education_code,
    judged.programme_code,
    judged.programme_kind,
    persons.sex_code,
    judged.is_diploma,
    judged.is_final,
    judged.stated_credits,
    judged.graded_credits,
    judged.passed_credits,
    judged.common_credits,
    judged.missing_requirements,
    judged.has_graded_credits,
    judged.has_passed_credits,
    judged.has_common_credits,
    judged.has_required_subjects,
    judged.has_passed_project,
    judged.has_graded_credits
    and judged.has_passed_credits
    and judged.has_common_credits
    and judged.has_required_subjects
    and judged.has_passed_project as meets_diploma_rules,
    judged.averaged_credits,
    judged.grade_points,
    judged.is_final
    and row_number() over (
        partition by judged.person_key, judged.spring_year
        order by
            judged.is_final desc,
            judged.is_diploma desc,
            judged.issued_on desc,
            judged._load desc,
            judged._row desc
    ) = 1 as is_counted,
    judged._load
from judged
left join persons on judged.person_key = persons.person_key
