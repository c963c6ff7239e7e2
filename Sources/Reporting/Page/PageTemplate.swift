// The page's Mustache templates. Each declares the content type with which `Markup` escapes inserted text.

enum PageTemplate {
    static let chart = """
        {{% CONTENT_TYPE: MARKUP}}<figure id="{{id}}"{{#scrolls}} class="wide"{{/scrolls}}><h3>{{title}}</h3>\
        {{#hasLegend}}<ul class="legend">{{#legend}}<li>{{{mark}}}{{text}}</li>{{/legend}}</ul>{{/hasLegend}}\
        {{#scrolls}}<div class="scroll" tabindex="0" role="region" aria-label="{{title}}, scrolls">{{/scrolls}}\
        {{{svg}}}{{#scrolls}}</div>{{/scrolls}}\
        {{#hasCaption}}<figcaption>{{caption}}</figcaption>{{/hasCaption}}</figure>
        """

    static let table = """
        {{% CONTENT_TYPE: MARKUP}}<p class="caption">{{caption}}\
        {{#hasDownloads}}<span class="downloads">{{#downloads}}<a href="{{address}}" download aria-label="{{label}}">{{form}}</a>\
        {{/downloads}}</span>{{/hasDownloads}}</p>\
        <div class="scroll" tabindex="0" role="region" aria-label="{{caption}}"><table aria-label="{{caption}}"{{#stacks}} class="stack"{{/stacks}}>\
        <thead><tr>{{#columns}}<th scope="col" class="{{style}}">{{title}}</th>{{/columns}}</tr></thead>
        <tbody>{{#rows}}<tr>{{#cells}}\
        {{#isHead}}<th scope="row" class="{{style}}">{{{mark}}}{{{html}}}</th>{{/isHead}}\
        {{^isHead}}<td class="{{style}}"{{#stacks}} data-of="{{title}}"{{/stacks}}>{{text}}</td>{{/isHead}}{{/cells}}</tr>
        {{/rows}}</tbody></table></div>
        """

    /// The header and the sections, which every page has.
    private static let body = """
        <header>
        <p class="eyebrow">{{kind}}: <strong>{{experiment}}</strong>, {{date}}</p>
        <h1>{{headline}}</h1>
        {{#lede}}<p class="lede">{{.}}</p>
        {{/lede}}
        {{#failures}}<p class="note bad">{{.}}</p>
        {{/failures}}
        {{#figures}}<dl class="figures">{{#items}}<div><dt>{{{mark}}}{{name}}</dt><dd>{{value}}</dd>\
        <dd>{{note}}</dd></div>
        {{/items}}</dl>{{/figures}}
        {{#hasWarnings}}<ul class="note warnings">{{#warnings}}<li>{{.}}</li>
        {{/warnings}}</ul>{{/hasWarnings}}
        <nav aria-label="Sections"><ul>{{#sections}}<li><a href="#{{id}}">{{title}}</a></li>{{/sections}}</ul></nav>
        </header>
        <main>
        {{#sections}}
        <section id="{{id}}" aria-labelledby="{{id}}-h">
        <h2 id="{{id}}-h">{{title}}</h2>
        {{#paragraphs}}<p>{{.}}</p>
        {{/paragraphs}}
        {{{body}}}
        </section>
        {{/sections}}
        </main>
        """

    static let content = "{{% CONTENT_TYPE: MARKUP}}" + body

    static let page = """
        {{% CONTENT_TYPE: MARKUP}}<!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{{policy}}">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="generator" content="Assay {{version}}">
        <meta name="description" content="{{headline}}">
        <title>{{experiment}} – Assay report</title>
        <style>{{{style}}}</style>
        </head>
        <body>
        <a class="skip" href="#results">Skip to the results</a>
        \(body)
        <footer><p>Made by Assay {{version}} from run {{run}} on {{machine}}. \
        This page is a single file that can be shared.</p>
        <p>Next to it in the run's folder: <a href="metrics.json">metrics.json</a>, \
        <a href="predictions.csv">predictions.csv</a> with every answer, <a href="report.md">report.md</a>, \
        <a href="results.json">results.json</a>, from which the others can be written again.</p></footer>
        <script>{{{script}}}</script>
        </body>
        </html>

        """

    static let gallery = """
        {{% CONTENT_TYPE: MARKUP}}<fieldset class="filters"><legend>Show</legend>{{#filters}}\
        <input type="radio" name="filter" id="{{id}}"{{#isChosen}} checked{{/isChosen}}>\
        <label for="{{id}}">{{text}} ({{count}})</label>{{/filters}}</fieldset>
        <ul class="gallery">{{#cards}}<li class="{{style}}">\
        {{#picture}}<div class="shot{{#isStrip}} strip{{/isStrip}}">\
        <img src="{{.}}" alt="{{label}}" decoding="async"{{#isLinked}} loading="lazy"{{/isLinked}}>\
        {{#further}}<img src="{{.}}" alt="{{label}}" decoding="async">{{/further}}{{{overlay}}}</div>{{/picture}}\
        {{^picture}}<div class="none">{{example}}</div>{{/picture}}\
        {{#picture}}<p class="file">{{example}}</p>{{/picture}}\
        {{#question}}<p class="question">{{.}}</p>{{/question}}\
        <p class="true">{{label}}</p><dl>{{#answers}}<dt{{#colour}} class="m{{.}}"{{/colour}}>{{model}}</dt>\
        <dd class="{{style}}">{{mark}} {{{detail}}}{{^detail}}{{text}}{{/detail}}{{{below}}}</dd>{{/answers}}</dl></li>
        {{/cards}}</ul>
        """
}
